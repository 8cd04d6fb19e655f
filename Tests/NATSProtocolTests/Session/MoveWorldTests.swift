import Testing

@testable import NATSProtocol

/// What users are promised of moves, in every order of events that chance finds.
@Suite struct MoveWorldTests {
    @Test(arguments: 0..<150)
    func nothingIsLostOrDoubledByMoves(seed: UInt64) {
        let world = MoveWorld(seed: seed, losesLinks: false)
        for _ in 0..<1_500 { world.step() }
        world.settle()
        world.checkInterests()
        world.checkPublishes()
        #expect(world.violations == [], "seed \(seed)")
        #expect(world.losses == 0)
        let twice = world.delivered.filter { $0.value > 1 && !world.replies.contains($0.key) }
        #expect(twice.isEmpty, "delivered twice: \(twice)")
        let lost = world.grouped.filter { world.delivered[$0] == nil }
        #expect(lost.isEmpty, "lost for the group: \(lost)")
        let unanswered = world.replies.filter { world.delivered[$0] == nil }
        #expect(unanswered.isEmpty, "lost replies: \(unanswered)")
    }

    @Test(arguments: 0..<150)
    func lossesDuringMovesDoubleNothingAndRestoreEverything(seed: UInt64) {
        let world = MoveWorld(seed: seed, losesLinks: true)
        for _ in 0..<1_500 { world.step() }
        world.settle()
        world.checkInterests()
        #expect(world.violations == [], "seed \(seed)")
        let twice = world.delivered.filter { $0.value > 1 && !world.replies.contains($0.key) }
        #expect(twice.isEmpty, "delivered twice: \(twice)")
        let doubled = world.arrived.filter { $0.value > 1 }
        #expect(doubled.isEmpty, "arrived twice: \(doubled)")
    }

    @Test func worldsMove() {
        var moves = 0
        for seed in 0..<20 {
            let world = MoveWorld(seed: UInt64(seed), losesLinks: false)
            for _ in 0..<1_500 { world.step() }
            moves += world.moves
        }
        #expect(moves > 100)
    }
}
