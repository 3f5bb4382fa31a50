// SPDX-License-Identifier: Apache-2.0
// Records the keys that decoders read from JSON objects: a schema made from it cannot differ from
// what they accept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slewd {

// The value of a key.
struct KeyShape {
  enum class Kind {
    any,        // the caller reads it itself
    boolean,    //
    text,       //
    texts,      // an array of texts
    list,       // an array that the caller reads itself
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

// Owned by the caller; called for each object in the order of reading.
class KeyRecorder {
 public:
  virtual ~KeyRecorder() = default;
  // `object` is the path of the object: "rules[0].do[1]"; empty for the outermost. Called for every
  // key that exists in the schema, present or not.
  virtual void asked(std::string_view object, std::string_view key, KeyShape shape,
                     bool present) = 0;
  // The key is required and missing.
  virtual void missed(std::string_view object, std::string_view key) = 0;
};

}  // namespace slewd
