/// A finished move.
package struct MoveReport: Equatable, Sendable {
    package var from: ServerAddress
    package var to: ServerAddress
    package var cause: MoveCause
}
