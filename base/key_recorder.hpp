// SPDX-License-Identifier: Apache-2.0
// What decoders ask of JSON objects, noted while they read: a schema made of it cannot differ from
// what they take.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slewd {

// What a key may be.
struct KeyShape {
  enum class Kind {
    any,        // the caller reads on by itself
    boolean,    //
    text,       //
    texts,      // an array of texts
    list,       // an array of what the caller reads by itself
    integer,    // a whole number within lowest and highest
    number,     // within lowest and highest
    duration,   // a text with a unit, within the texts of lowest and highest
    frequency,  // likewise
    word,       // one of `words`
  };
  Kind kind = Kind::any;
  std::string lowest;
  std::string highest;
  std::vector<std::string> words;

  friend bool operator==(const KeyShape&, const KeyShape&) = default;
};

// Owned by who reads; called for each object in the order of its reading.
class KeyRecorder {
 public:
  virtual ~KeyRecorder() = default;
  // `object` is the path of the object: "rules[0].do[1]"; empty for the outermost. Asked for every
  // key that exists, be it there or not.
  virtual void asked(std::string_view object, std::string_view key, KeyShape shape,
                     bool present) = 0;
  // The key is not there and is needed.
  virtual void missed(std::string_view object, std::string_view key) = 0;
};

}  // namespace slewd
