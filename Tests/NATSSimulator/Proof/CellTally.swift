package import NATSProtocol
import Synchronization

/// How often lives have met each cell of state × input.
package final class CellTally: SessionTally {
    private let counts = Mutex([UInt32](repeating: 0, count: SessionCell.count))

    package init() {}

    package func note(_ cell: SessionCell) {
        counts.withLock { $0[cell.index] &+= 1 }
    }

    /// Those that were met.
    package var cells: [SessionCell: UInt32] {
        let counts = counts.withLock { $0 }
        var cells: [SessionCell: UInt32] = [:]
        for state in SessionCell.State.allCases {
            for input in SessionCell.Input.allCases {
                for isSuccessor in [false, true] {
                    let cell = SessionCell(state: state, input: input, isSuccessor: isSuccessor)
                    if counts[cell.index] > 0 { cells[cell] = counts[cell.index] }
                }
            }
        }
        return cells
    }
}
