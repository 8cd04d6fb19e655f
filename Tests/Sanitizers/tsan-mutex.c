// Lets ThreadSanitizer see the slow path of the standard library's Mutex, which is compiled into a library without it: a
// thread that had to sleep for the lock would otherwise seem to hold it beside its owner. Preloaded by Scripts/sanitize.
//
// The fast path is inlined into our code and seen as the atomic operations on the same word that it is.
#define _GNU_SOURCE
#include <dlfcn.h>
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
