// SPDX-License-Identifier: Apache-2.0
// Whether this build runs under a sanitizer, which makes it about ten times slower: a test that
// repeats itself to find what is rare does so in the plain build, and here only as often as a fault
// of memory or of threads needs.
#pragma once

namespace slewd {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace slewd
