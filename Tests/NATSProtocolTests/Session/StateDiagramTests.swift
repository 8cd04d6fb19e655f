import Foundation
import TestSupport
import Testing

@testable import NATSProtocol

/// The diagrams of Docs/ProtocolStates.md, the comments on the states, and what the code does say the same.
@Suite struct StateDiagramTests {
    @Test(arguments: Machine.allCases)
    func diagramShowsWhatTheStatesSay(_ machine: Machine) throws {
        let drawn = try Diagram.transitions(under: machine.rawValue)
        let written = try Comments.transitions(in: machine.path)
        #expect(!drawn.isEmpty)
        #expect(drawn.subtracting(written) == [], "drawn, but not in \(machine.path)")
        #expect(written.subtracting(drawn) == [], "in \(machine.path), but not drawn")
    }

    /// Every state × every event of the session, as in `SessionCellTests`.
    @Test func sessionTakesNoOtherWay() throws {
        let phases = try Diagram.transitions(under: Machine.session.rawValue)
        let ends = try Diagram.transitions(under: Machine.windDown.rawValue)
        var seen: Set<Transition> = []
        for state in SessionCells.State.allCases {
            for event in SessionCells.Event.allCases {
                let harness = SessionCells.makeHarness(state)
                let (phase, end) = (harness.session.phase.kind, harness.session.windDown.state)
                _ = SessionCells.perform(event, on: harness)
                let transition = Transition("\(phase)", "\(harness.session.phase.kind)")
                if transition.from != transition.to {
                    #expect(phases.contains(transition), "\(state) × \(event)")
                    seen.insert(transition)
                }
                let ending = Transition("\(end)", "\(harness.session.windDown.state)")
                #expect(ending.from == ending.to || ends.contains(ending), "\(state) × \(event)")
            }
        }
        // The comparison isn't empty: most ways of the diagram are taken by a single event.
        #expect(seen.count > phases.count / 2)
    }

    /// The same for the states of a move.
    @Test func moveTakesNoOtherWay() throws {
        let phases = try Diagram.transitions(under: Machine.session.rawValue)
        let moves = try Diagram.transitions(under: Machine.move.rawValue)
        var seen: Set<Transition> = []
        for state in MoveCells.State.allCases {
            for event in MoveCells.Event.allCases {
                let harness = MoveCells.makeHarness(state)
                let (phase, move) = (harness.session.phase.kind, harness.move)
                MoveCells.perform(
                    event, on: harness, present: harness.session.generation, successor: harness.successor)
                let way = Transition("\(phase)", "\(harness.session.phase.kind)")
                #expect(way.from == way.to || phases.contains(way), "\(state) × \(event)")
                let step = Transition("\(move)", "\(harness.move)")
                guard step.from != step.to else { continue }
                #expect(moves.contains(step), "\(state) × \(event): \(step)")
                seen.insert(step)
            }
        }
        #expect(seen.count > moves.count / 2)
    }

    enum Machine: String, CaseIterable {
        case session = "Session", handshake = "Handshake", windDown = "Wind-down", move = "Move"

        var path: String {
            let folder = "Sources/NATSProtocol/Session/"
            return switch self {
            case .session: folder + "SessionPhase.swift"
            case .handshake: folder + "Handshake/HandshakeStateMachine.swift"
            case .move: folder + "Move/MovePhase.swift"
            case .windDown: folder + "Drain/WindDownStateMachine.swift"
            }
        }
    }

    struct Transition: Hashable, CustomStringConvertible {
        let from: String
        let to: String

        init(_ from: some StringProtocol, _ to: some StringProtocol) {
            self.from = from.trimmingCharacters(in: .whitespaces)
            self.to = to.trimmingCharacters(in: .whitespaces)
        }

        var description: String { "\(from) → \(to)" }
    }

    private static func lines(of path: String) throws -> [String] {
        try String(contentsOfFile: Repository.root + "/" + path, encoding: .utf8).components(separatedBy: "\n")
    }

    private enum Diagram {
        /// The arrows of the first diagram under a heading, without the one into the first state.
        static func transitions(under heading: String) throws -> Set<Transition> {
            let section = try lines(of: "Docs/ProtocolStates.md").drop { $0 != "## " + heading }
            let arrows = section.dropFirst().prefix { !$0.hasPrefix("## ") }.filter { $0.contains("-->") }
            return Set(
                arrows.compactMap { line in
                    let ends = line.components(separatedBy: "-->")
                    let to = ends[1].components(separatedBy: ":")[0]
                    return ends[0].contains("[*]") || to.contains("[*]") ? nil : Transition(ends[0], to)
                })
        }
    }

    private enum Comments {
        /// What stands behind "Can transition to:" above each case.
        static func transitions(in path: String) throws -> Set<Transition> {
            var transitions: Set<Transition> = []
            var targets: [String] = []
            for line in try lines(of: path).map({ $0.trimmingCharacters(in: .whitespaces) }) {
                if let list = line.components(separatedBy: "/// Can transition to: ").dropFirst().first {
                    targets = list.components(separatedBy: ", ").map { $0.components(separatedBy: " (")[0] }
                } else if line.hasPrefix("case "), !line.hasPrefix("case .") {
                    let name = line.dropFirst(5).prefix { $0.isLetter }
                    for target in targets { transitions.insert(Transition(name, target)) }
                    targets = []
                }
            }
            return transitions
        }
    }
}
