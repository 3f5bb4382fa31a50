// SPDX-License-Identifier: Apache-2.0
// One reply of an HTTP/1 server out of a byte stream (RFC 9112): status line, header fields, and a
// body by length, by chunks or up to the close. Pure; what it keeps is bounded by what it is fed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slewd::remedy {

class HttpReply {
 public:
  enum class Stage {
    head,      // the final status or the end of its header fields has not come
    body,      // more of it may come; without a length it ends with the connection
    complete,  // all has come, bytes that follow are ignored
    broken,    // not HTTP, see problem()
  };

  // Adds bytes as they came.
  void feed(std::string_view bytes);

  [[nodiscard]] Stage stage() const;
  // All header fields of the final reply have come; what breaks later takes nothing of it back.
  [[nodiscard]] bool has_head() const { return has_head_; }
  // Of the final reply, once it has its head: 200 to 999. Interim ones (1xx) are passed over.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& status_line() const { return status_line_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // The bytes of the body, without their framing, that have come since the last call.
  [[nodiscard]] std::string take_body();

 private:
  enum class Part {
    status_line,
    field,
    body_to_close,
    body_by_length,
    chunk_size,
    chunk,
    chunk_end,
    trailer,
    complete,
    broken,
  };

  // Each reads one piece off bytes_; false when more must come first.
  bool read_part();
  bool read_line();
  bool read_body();
  void on_line(std::string_view line);
  void on_status_line(std::string_view line);
  void on_field(std::string_view line);
  void on_content_length(std::string_view value);
  void on_transfer_coding(std::string_view value);
  void on_head_end();
  void on_chunk_size(std::string_view line);
  void give_up(std::string problem);

  Part part_ = Part::status_line;
  std::string bytes_;   // not yet read, from at_ on
  std::size_t at_ = 0;  // in bytes_
  bool has_head_ = false;
  int status_ = 0;
  std::string status_line_;
  std::optional<std::size_t> length_;
  bool chunked_ = false;
  std::size_t left_ = 0;  // of the body or the chunk
  std::string body_;
  std::string problem_;
};

}  // namespace slewd::remedy
