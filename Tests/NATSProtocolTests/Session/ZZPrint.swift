import Testing
@testable import NATSProtocol
@Test func zzPrint() {
    for state in MoveCells.State.allCases {
        print("        .\(state): [")
        for event in MoveCells.Event.allCases {
            let e = MoveCells.effect(of: event, in: state)
            if e != "-" { print("            .\(event): \"\(e)\",") }
        }
        print("        ],")
    }
}
