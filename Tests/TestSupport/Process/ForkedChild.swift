import CTestSupport

/// Runs code in a forked child of this process: one thread, inherited memory and descriptors.
package enum ForkedChild {
    /// Runs `check` in a child, which ends with its result (0 to 127) without any clean-up, and waits for it.
    ///
    /// `check` must not wait for another thread: there is none. Negative: the child was killed by this signal, or
    /// couldn't be made.
    package static func run(_ check: () -> Int32) -> Int32 {
        withoutActuallyEscaping(check) { check in
            var context = Context(check: check)
            return unsafe withUnsafeMutablePointer(to: &context) { pointer in
                unsafe ctest_run_in_child(
                    { context in
                        unsafe context?.assumingMemoryBound(to: Context.self).pointee.check() ?? 127
                    }, pointer)
            }
        }
    }

    private struct Context {
        let check: () -> Int32
    }
}
