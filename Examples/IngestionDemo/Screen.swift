import Glibc

/// Standard output: a terminal that can redraw a line and show colours, or plain lines for files and logs.
struct Screen: Sendable {
    enum Style: String {
        case bold = "1", dim = "2", red = "31", green = "32", cyan = "36"
    }

    let isTerminal: Bool

    init() {
        let isPlain = getenv("NO_COLOR") != nil || getenv("CI") != nil
        isTerminal = isatty(STDOUT_FILENO) == 1 && !isPlain
    }

    func styled(_ text: String, _ style: Style) -> String {
        isTerminal ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// A line that stays.
    func line(_ text: String = "") {
        print(text)
        fflush(nil)
    }

    /// A line that the next one replaces; only on terminals.
    func redraw(_ text: String) {
        print("\r\u{1B}[2K" + text, terminator: "")
        fflush(nil)
    }

    func title(_ text: String) { line("\n  " + styled(text, .bold)) }

    /// `label   value`
    func fact(_ label: String, _ value: String) { line("  " + styled(label.filled(to: 10), .dim) + value) }

    func rule() { line("  " + styled(String(repeating: "─", count: 72), .dim)) }
}

/// A horizontal bar of block characters, exact to an eighth of a column.
func bar(_ fraction: Double, width: Int) -> String {
    let eighths = Int((max(0, min(1, fraction)) * Double(width * 8)).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
}

/// One column for each value, or for the mean of several: how it went over time.
func sparkline(_ values: [Double], width: Int) -> String {
    let blocks = Array("▁▂▃▄▅▆▇█")
    let perColumn = max(1, (values.count + width - 1) / width)
    let means = stride(from: 0, to: values.count, by: perColumn).map { start in
        let part = values[start..<min(start + perColumn, values.count)]
        return part.reduce(0, +) / Double(part.count)
    }
    let highest = max(means.max() ?? 0, .leastNormalMagnitude)
    return String(means.map { blocks[min(blocks.count - 1, Int(max(0, $0) / highest * Double(blocks.count)))] })
}
