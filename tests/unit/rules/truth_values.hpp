// SPDX-License-Identifier: Apache-2.0
// The three values of a condition.
#pragma once

#include "rules/lang/value.hpp"

namespace slewd::rules {

inline const Value kTrue = Value::of(true);
inline const Value kFalse = Value::of(false);
inline const Value kUnknown;

}  // namespace slewd::rules
