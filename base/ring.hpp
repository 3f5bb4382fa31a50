// SPDX-License-Identifier: Apache-2.0
// The last `Limit` events, newest last. Copying a ring copies one pointer: a snapshot
// that is published each second does not copy a history that changes once an hour. Storage is
// copied when the ring changes, so older copies do not change.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace slewd {

template <class T, std::size_t Limit>
class Ring {
 public:
  Ring() = default;  // without storage: a snapshot begins with rings that are replaced at once
  // The newest `Limit` of them. Implicit: a list of things is a ring of them.
  Ring(std::vector<T> items) : items_(bounded(std::move(items))) {}
  Ring(std::initializer_list<T> items) : Ring(std::vector<T>(items)) {}

  void push_back(T item) {
    const std::vector<T>& now = items();
    std::vector<T> next;
    next.reserve(now.size() + 1);
    next.assign(now.begin() + (now.size() == Limit ? 1 : 0), now.end());
    next.push_back(std::move(item));
    items_ = std::make_shared<const std::vector<T>>(std::move(next));
  }

  [[nodiscard]] auto begin() const { return items().begin(); }
  [[nodiscard]] auto end() const { return items().end(); }
  [[nodiscard]] auto rbegin() const { return items().rbegin(); }
  [[nodiscard]] auto rend() const { return items().rend(); }
  [[nodiscard]] std::size_t size() const { return items().size(); }
  [[nodiscard]] bool empty() const { return items().empty(); }
  [[nodiscard]] const T& back() const { return items().back(); }
  [[nodiscard]] const T& operator[](std::size_t index) const { return items()[index]; }

 private:
  using List = std::shared_ptr<const std::vector<T>>;
  [[nodiscard]] const std::vector<T>& items() const {
    static const std::vector<T> none;
    return items_ == nullptr ? none : *items_;
  }
  static List bounded(std::vector<T> items) {
    if (items.size() > Limit)
      items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(Limit));
    return std::make_shared<const std::vector<T>>(std::move(items));
  }

  List items_;
};

}  // namespace slewd
