// The samples of Docs/ObjectStore.md and one of the README. Scripts/check-readme compares them with the documents word for word.

import NATSStores

enum Objects {
    static func readme(_ nats: NATSConnection) async throws {
        let objects = try await nats.jetStream().objectStore("files", create: .init())
        try await objects.put("hello.txt", "Hello, objects!")
        print(String(decoding: try await objects.get("hello.txt", range: 7...), as: UTF8.self))
    }

    static func tour(_ nats: NATSConnection) async throws {
        let bytes: [UInt8] = [1, 2, 3]
        let js = nats.jetStream()
        let objects = try await js.objectStore("files", create: .init(replicas: 3))

        try await objects.put("logo.png", bytes)
        try await objects.put("video.mp4", fromFile: "/srv/video.mp4") { print($0.bytes, "of", $0.totalBytes ?? 0) }
        let logo = try await objects.get("logo.png")
        try await objects.get("video.mp4", toFile: "video.mp4")
        print(logo.count)
    }

    static func puttingMore(_ objects: ObjectStore, _ rows: AsyncStream<[UInt8]>) async throws -> ObjectInfo {
        var options = ObjectPutOptions(description: "as of May", headers: ["Type": ["text/csv"]], metadata: ["team": "7"])
        options.expecting = .absent
        let info = try await objects.put("report.csv", from: rows, options: options)
        return info
    }

    static func getting(
        _ objects: ObjectStore, _ info: ObjectInfo, _ write: (Payload) throws -> Void
    ) async throws {
        let whole = try await objects.get("report.csv")
        for try await chunk in try await objects.chunks("video.mp4") { try write(chunk) }
        let head = try await objects.get("video.mp4", range: 0..<4096)
        let rest = try await objects.get("video.mp4", range: 4096..., of: info)  // of this object, or not at all
        print(whole.count, head.count, rest.count)
    }

    static func records(_ objects: ObjectStore, _ info: ObjectInfo) async throws {
        try await objects.updateMeta("draft.txt") { $0.name = "final.txt" }
        try await objects.link("latest", to: info)
        for try await update in try objects.watch() {
            switch update {
            case .info(let info): print(info.name, info.isDeleted, info.size)
            case .initialStateComplete: print("that is all there is")
            case .gap: print("something may have been missed")
            }
        }
    }
}
