@testable import NATSProtocol

/// A whole JSON text, read with the pull reader: what the tests compare.
indirect enum JSONTree: Equatable {
    case object([(String, JSONTree)])
    case array([JSONTree])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONTree {
        var reader = JSONReader(bytes.span)
        let tree = try read(&reader)
        try reader.finish()
        return tree
    }

    static func read(_ text: String) throws(JSONError) -> JSONTree { try read(Array(text.utf8)) }

    /// The same bytes, skipped instead of read.
    static func skip(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes.span)
        try reader.skipValue()
        try reader.finish()
    }

    private static func read(_ reader: inout JSONReader) throws(JSONError) -> JSONTree {
        switch reader.nextKind() {
        case .object:
            var members: [(String, JSONTree)] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.string ?? ""
                members.append((name, try read(&reader)))
            }
            return .object(members)
        case .array:
            var elements: [JSONTree] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try read(&reader)) }
            return .array(elements)
        case .string: return .string(try reader.readString())
        case .number: return .number(try reader.readNumberText())
        case .bool: return .bool(try reader.readBool())
        case .null:
            _ = try reader.readNull()
            return .null
        case nil: throw JSONError(.syntax, at: 0)
        }
    }

    static func == (left: JSONTree, right: JSONTree) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }
}
