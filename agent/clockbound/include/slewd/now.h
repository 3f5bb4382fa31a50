/* SPDX-License-Identifier: Apache-2.0
 *
 * Time with its bound, from the shared memory segment that slewd writes ("time_bound" in its
 * configuration). C99 and C++; no library. After slewd_now_open() no system call is made but
 * clock_gettime(2).
 *
 *   struct slewd_now_segment segment;
 *   struct slewd_interval now;
 *   if (slewd_now_open(&segment, SLEWD_NOW_PATH) != 0) ...         errno says why
 *   if (slewd_now(&segment, &now) == 0 && now.status != SLEWD_NOW_UNKNOWN) {
 *     ... the true time is from now.earliest to now.latest, ns since 1970-01-01 UTC ...
 *   }
 *   slewd_now_close(&segment);
 *
 * A segment may be used by one thread at a time; each thread can have one of its own.
 */
#ifndef SLEWD_NOW_H
#define SLEWD_NOW_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLEWD_NOW_PATH "/run/clockbound/shm0"

enum slewd_now_status {
  SLEWD_NOW_UNKNOWN = 0,      /* nothing is known: do not use the interval */
  SLEWD_NOW_SYNCHRONIZED = 1, /* the sources answer */
  SLEWD_NOW_FREE_RUNNING = 2, /* they do not, or slewd has ended; the interval grows and holds */
  SLEWD_NOW_DISRUPTED = 3     /* do not use the interval */
};

struct slewd_interval {
  int64_t earliest; /* ns since 1970-01-01 UTC */
  int64_t latest;
  enum slewd_now_status status;
  uint64_t disruptions; /* changes with each jump of the clock that slewd has seen */
};

/* The layout of version 2 of the ClockBound protocol, in the byte order of the machine. */
struct slewd_now_layout {
  uint32_t magic[2];
  uint32_t size;
  uint16_t version;
  uint16_t generation;
  int64_t as_of_seconds; /* CLOCK_MONOTONIC */
  int64_t as_of_nanoseconds;
  int64_t void_after_seconds;
  int64_t void_after_nanoseconds;
  int64_t bound;
  uint64_t disruption_marker;
  uint32_t growth_ppb;
  int32_t status;
};

struct slewd_now_segment {
  const volatile struct slewd_now_layout *mapped;
  struct slewd_now_layout copy; /* the newest one that was whole */
};

/* 0, or -1 with errno: ENOENT where slewd writes none, EPROTO where the file is of another layout,
 * EAGAIN where slewd has not written it yet. */
static inline int slewd_now_open(struct slewd_now_segment *segment, const char *path) {
  struct stat about;
  void *mapped;
  int number = 0;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  memset(segment, 0, sizeof *segment);
  if (fd < 0) return -1;
  if (fstat(fd, &about) != 0)
    number = errno;
  else if (about.st_size < (off_t)sizeof(struct slewd_now_layout))
    number = EPROTO;
  if (number != 0) {
    close(fd);
    errno = number;
    return -1;
  }
  mapped = mmap(NULL, sizeof(struct slewd_now_layout), PROT_READ, MAP_SHARED, fd, 0);
  number = errno;
  close(fd);
  if (mapped == MAP_FAILED) {
    errno = number;
    return -1;
  }
  segment->mapped = (const volatile struct slewd_now_layout *)mapped;
  if (segment->mapped->magic[0] != 0x414D5A4E || segment->mapped->magic[1] != 0x43420200 ||
      segment->mapped->version != 2)
    number = EPROTO;
  else if (__atomic_load_n(&segment->mapped->generation, __ATOMIC_ACQUIRE) == 0)
    number = EAGAIN;
  else
    return 0;
  munmap(mapped, sizeof(struct slewd_now_layout));
  segment->mapped = NULL;
  errno = number;
  return -1;
}

static inline void slewd_now_close(struct slewd_now_segment *segment) {
  if (segment->mapped != NULL)
    munmap((void *)(uintptr_t)segment->mapped, sizeof(struct slewd_now_layout));
  segment->mapped = NULL;
}

/* Acquired: the generation that is read afterwards is not older than the field. */
#define SLEWD_NOW_LOAD(segment, field) __atomic_load_n(&(segment)->mapped->field, __ATOMIC_ACQUIRE)

/* Takes the newest content, unless it is being written: then the last one is as good. */
static inline void slewd_now_refresh(struct slewd_now_segment *segment) {
  enum { most_tries = 100 };
  int i;
  for (i = 0; i < most_tries; ++i) {
    struct slewd_now_layout copy;
    const uint16_t before = __atomic_load_n(&segment->mapped->generation, __ATOMIC_ACQUIRE);
    if (before == 0 || before % 2 != 0 || before == segment->copy.generation) return;
    copy.as_of_seconds = SLEWD_NOW_LOAD(segment, as_of_seconds);
    copy.as_of_nanoseconds = SLEWD_NOW_LOAD(segment, as_of_nanoseconds);
    copy.void_after_seconds = SLEWD_NOW_LOAD(segment, void_after_seconds);
    copy.void_after_nanoseconds = SLEWD_NOW_LOAD(segment, void_after_nanoseconds);
    copy.bound = SLEWD_NOW_LOAD(segment, bound);
    copy.disruption_marker = SLEWD_NOW_LOAD(segment, disruption_marker);
    copy.growth_ppb = SLEWD_NOW_LOAD(segment, growth_ppb);
    copy.status = SLEWD_NOW_LOAD(segment, status);
    if (__atomic_load_n(&segment->mapped->generation, __ATOMIC_RELAXED) != before) continue;
    copy.generation = before;
    segment->copy = copy;
    return;
  }
}

/* 0 with an interval in which the true time lies, unless the status is SLEWD_NOW_UNKNOWN or
 * SLEWD_NOW_DISRUPTED. -1 where a clock cannot be read (errno). */
static inline int slewd_now(struct slewd_now_segment *segment, struct slewd_interval *now) {
  const int64_t second = 1000000000;
  const int64_t synchronized_for = 60; /* s, after which an old content counts as free running */
  struct timespec wall;
  struct timespec mono;
  int64_t as_of;
  int64_t void_after;
  int64_t elapsed;
  int64_t bound;
  slewd_now_refresh(segment);
  /* In this order: what lies between the two makes the interval wider, not wrong. */
  if (clock_gettime(CLOCK_REALTIME, &wall) != 0) return -1;
  if (clock_gettime(CLOCK_MONOTONIC, &mono) != 0) return -1;
  as_of = segment->copy.as_of_seconds * second + segment->copy.as_of_nanoseconds;
  void_after = segment->copy.void_after_seconds * second + segment->copy.void_after_nanoseconds;
  elapsed = mono.tv_sec * second + mono.tv_nsec - as_of;
  if (elapsed < 0) elapsed = 0;
  bound = segment->copy.bound +
          (int64_t)((double)elapsed * 1e-9 * (double)segment->copy.growth_ppb) + 1;
  now->earliest = wall.tv_sec * second + wall.tv_nsec - bound;
  now->latest = wall.tv_sec * second + wall.tv_nsec + bound;
  now->disruptions = segment->copy.disruption_marker;
  now->status = (enum slewd_now_status)segment->copy.status;
  if (now->status == SLEWD_NOW_SYNCHRONIZED || now->status == SLEWD_NOW_FREE_RUNNING) {
    if (as_of + elapsed > void_after)
      now->status = SLEWD_NOW_UNKNOWN;
    else if (elapsed > synchronized_for * second)
      now->status = SLEWD_NOW_FREE_RUNNING;
  }
  return 0;
}

#ifdef __cplusplus
}
#endif

#endif
