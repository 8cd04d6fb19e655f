/// The files of Sources that may say `unsafe`. Each one more needs an argument in its change.
enum UnsafeFiles {
    static let named: Set<String> = []
}
