/// Who reads the stream all the time.
protocol StoreReader: AnyObject {
    var actor: String { get }
    /// Which subjects it reads.
    var wants: (String) -> Bool { get }
    /// How soon it must have what is stored in calm.
    var resumeNanoseconds: UInt64 { get }
    func begin()
    func checkTurn()
    func hasGot(_ sequence: UInt64) -> Bool
    func checkEnd()
    func finish() async
}
