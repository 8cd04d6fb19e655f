import NATSClient
import NATSStores
import TestSupport
import Testing

@Suite("Object store: watches and lists", .timeLimit(.minutes(5))) struct ObjectWatchTests {
    @Test("a watch tells what is there, then that it is all, then what happens", arguments: Backend.tested)
    func everything(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let empty = try objects.watch()
            #expect(try await empty.take(1) == ["complete"])
            try await objects.put("a", "1")
            try await objects.put("b", "22")
            try await objects.put("a", "333")
            try await objects.delete("b")
            #expect(try await empty.take(4) == ["a=1", "b=2", "a=3", "-b"])
            let watch = try objects.watch()
            #expect(try await watch.initial() == ["a=3", "-b"])
            let info = try await objects.updateMeta("a") { $0.name = "c" }
            try await objects.link("d", to: info)
            #expect(try await watch.take(2) == ["c=3", "d>B/c"])
            #expect(try await empty.take(2) == ["c=3", "d>B/c"])
            #expect(try await objects.list().map(\.name) == ["c", "d"])
            #expect(try await objects.list(includesDeleted: true).map(\.name) == ["b", "c", "d"])
            watch.stop()
            #expect(try await watch.next() == nil)
        }
    }

    @Test("a watch tells only what it was asked for", arguments: Backend.tested)
    func options(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            try await objects.put("a", "1")
            try await objects.put("b", "2")
            try await objects.delete("b")
            var options = ObjectWatchOptions()
            options.isUpdatesOnly = true
            let updates = try objects.watch(options: options)
            #expect(try await updates.initial() == [])
            options = ObjectWatchOptions()
            options.ignoresDeletes = true
            let present = try objects.watch(options: options)
            #expect(try await present.initial() == ["a=1"])
            options = ObjectWatchOptions()
            options.includesHistory = true
            let history = try objects.watch(options: options)
            #expect(try await history.initial() == ["a=1", "-b"])
            let some = try objects.watch(["b", "c d"])
            #expect(try await some.initial() == ["-b"])
            for names in [[""], []] { await expectError(.invalidObjectName) { try objects.watch(names) } }
            try await objects.put("a", "22")
            try await objects.delete("a")
            try await objects.put("c d", "333")
            #expect(try await updates.take(3) == ["a=2", "-a", "c d=3"])
            #expect(try await present.take(2) == ["a=2", "c d=3"])
            #expect(try await history.take(3) == ["a=2", "-a", "c d=3"])
            #expect(try await some.take(1) == ["c d=3"])
        }
    }

    @Test("a watch goes on through reconnects, restarts and the loss of its consumer", arguments: Backend.tested)
    func losses(_ backend: Backend) async throws {
        try await withObjects(backend, .init(storage: .file), within: .seconds(200)) { bench, objects in
            let nats = try await bench.connect()
            let watch = try nats.jetStream().unverifiedObjectStore("B").watch()
            #expect(try await watch.initial() == [])
            for round in 1...6 {
                switch round % 3 {
                case 0:
                    bench.server.kill()
                    try await bench.server.restart()
                case 1: try await nats.reconnect()
                default:
                    for try await name in objects.stream.consumerNames() { try await objects.stream.deleteConsumer(name) }
                }
                let size = round
                try await eventually("the bucket takes objects", within: .seconds(60)) {
                    (try? await objects.put("a\(size)", pattern(size))) != nil
                }
                var update = try await watch.take(1)[0]
                while update == "gap" { update = try await watch.take(1)[0] }
                #expect(update == "a\(round)=\(round)")
            }
            watch.stop()
            try await eventually("no consumer remains", within: .seconds(60)) {
                try await objects.stream.info().state.consumerCount == 0
            }
        }
    }

    @Test("a bucket that is made anew is told, and what it has", arguments: Backend.tested)
    func anew(_ backend: Backend) async throws {
        try await withObjects(backend) { bench, objects in
            for number in 1...3 { try await objects.put("a\(number)", "1") }
            let watch = try objects.watch()
            #expect(try await watch.initial().count == 3)
            try await objects.deleteBucket()
            let again = try await objects.stream.jetStream.objectStore("B", create: .init(storage: .memory))
            try await again.put("b", "22")
            var updates: [String] = []
            while updates.last != "b=2" { updates += try await watch.take(1) }
            #expect(updates == ["new bucket", "b=2"])
        }
    }

    @Test("a record that can't be read is told as an error, behind which the watch goes on", arguments: Backend.tested)
    func damaged(_ backend: Backend) async throws {
        try await withObjects(backend) { _, objects in
            let js = objects.stream.jetStream
            try await objects.put("a", "1")
            try await js.publish("$O.B.M.Yg==", "{")
            try await objects.put("c", "333")
            let watch = try objects.watch()
            #expect(try await watch.take(1) == ["a=1"])
            await expectError(.objectDamaged) { try await watch.next() }
            #expect(try await watch.take(2) == ["c=3", "complete"])
            await expectError(.objectDamaged) { try await objects.getInfo("b") }
            await expectError(.objectDamaged) { try await objects.list() }
            // It can be replaced and deleted.
            try await objects.put("b", "4444")
            #expect(try await objects.list().map(\.name) == ["a", "c", "b"])
            try await js.publish("$O.B.M.Yg==", "{")
            try await objects.delete("b")
            #expect(try await objects.list(includesDeleted: true).last?.isDeleted == true)
        }
    }
}
