// Lets ThreadSanitizer see what happens before what in libraries that are compiled without it. Preloaded by Scripts/sanitize.
//
// Mutex: a thread that had to sleep for the lock would otherwise seem to hold it beside its owner. The fast path is inlined
// into our code and seen as the atomic operations on the same word that it is.
//
// Continuations: one that is resumed before its task awaits it lets the task go on without a job, whose hand-over the runtime
// would have told of; the task then seems to use its memory while the result is still written there.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define SWIFT_CALL __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

// Absent in the processes that the tests start, which inherit the preload.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

typedef SWIFT_CALL void lock_slow(uint32_t thread, SWIFT_SELF void *mutex);
typedef SWIFT_CALL void unlock_slow(SWIFT_SELF void *mutex);

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> ()
SWIFT_CALL void $s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF(uint32_t thread, SWIFT_SELF void *mutex) {
    lock_slow *original = (lock_slow *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    original(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

// Synchronization._MutexHandle._unlockSlow() -> ()
SWIFT_CALL void $s15Synchronization12_MutexHandleV11_unlockSlowyyF(SWIFT_SELF void *mutex) {
    unlock_slow *original = (unlock_slow *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    if (__tsan_release) __tsan_release(mutex);
    original(mutex);
}

// MARK: Continuations

typedef SWIFT_CALL void resume(void *task);
typedef SWIFT_CALL void resume_with_error(void *task, void *error);

SWIFT_CALL void swift_continuation_resume(void *task) {
    resume *original = (resume *)dlsym(RTLD_NEXT, "swift_continuation_resume");
    if (__tsan_release) __tsan_release(task);
    original(task);
}

SWIFT_CALL void swift_continuation_throwingResume(void *task) {
    resume *original = (resume *)dlsym(RTLD_NEXT, "swift_continuation_throwingResume");
    if (__tsan_release) __tsan_release(task);
    original(task);
}

SWIFT_CALL void swift_continuation_throwingResumeWithError(void *task, void *error) {
    resume_with_error *original =
        (resume_with_error *)dlsym(RTLD_NEXT, "swift_continuation_throwingResumeWithError");
    if (__tsan_release) __tsan_release(task);
    original(task, error);
}

// What a task allocates it uses behind every resumption that has let it come so far.
typedef SWIFT_CALL void *allocate(size_t size);

// Absent there, too.
__attribute__((weak)) SWIFT_CALL void *swift_task_getCurrent(void);

SWIFT_CALL void *swift_task_alloc(size_t size) {
    static allocate *original;
    if (!original) original = (allocate *)dlsym(RTLD_NEXT, "swift_task_alloc");
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    return original(size);
}
