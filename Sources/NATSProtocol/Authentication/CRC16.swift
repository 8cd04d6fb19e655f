/// The checksum at the end of an NKey: CRC-16/XMODEM (polynomial 0x1021, start 0, not reflected).
///
/// By table-free bytewise steps: it runs over 36 bytes, once for a key.
struct CRC16 {
    private(set) var value: UInt16 = 0

    mutating func add(_ byte: UInt8) {
        value ^= UInt16(byte) << 8
        for _ in 0..<8 { value = value & 0x8000 != 0 ? value << 1 ^ 0x1021 : value << 1 }
    }

    static func checksum(_ bytes: Span<UInt8>) -> UInt16 {
        var checksum = CRC16()
        for index in bytes.indices { checksum.add(bytes[index]) }
        return checksum.value
    }
}
