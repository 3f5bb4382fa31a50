// SPDX-License-Identifier: Apache-2.0
// What the log says of the sources: which one is followed, when the last one is lost and found
// again, which ones depend on each other.
#pragma once

#include <string>

#include "agent/core/observer.hpp"
#include "agent/core/sources/association.hpp"

namespace slewd::core {

class SourceLog {
 public:
  explicit SourceLog(Observer& observer) : observer_(observer) {}

  // After each selection.
  void on_selection(const Associations& all, MonoTime now);
  // After each request: whether no source gives a usable answer any more.
  void on_request(const Associations& all);
  // A sample has come.
  void on_answer(Association& association);
  // `why` the newest reply's time cannot be true; once for each source, until it gives a sample.
  void on_implausible(Association& association, const std::string& why);

 private:
  void report_selected(const Associations& all);
  void report_dependence(const Associations& all, MonoTime now);

  Observer& observer_;
  std::string selected_;    // name of the source that was selected last
  bool lost_ = false;       // it is in the log that no source gives a usable answer
  std::string dependence_;  // why an error of the sources would not be noticed
  MonoTime dependence_since_;
  bool dependence_logged_ = false;
};

}  // namespace slewd::core
