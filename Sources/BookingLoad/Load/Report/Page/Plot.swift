/// A line chart as SVG; all places are shares of the width and of the height, from 0 to 1.
struct Plot {
    struct Tick: Hashable {
        let place: Double
        let label: String
    }

    struct Point: Hashable {
        let x: Double
        let y: Double
    }

    /// A point to hover over.
    struct Mark: Hashable {
        let point: Point
        let label: String
    }

    struct Line: Hashable {
        let name: String
        /// One of the page's colours, counted from 0.
        let colour: Int
        let points: [Point]
        var marks: [Mark] = []
    }

    /// A stretch of the width that is set apart.
    struct Band: Hashable {
        let from: Double
        let to: Double
        let label: String
    }

    let label: String
    let xLabel: String
    let yLabel: String
    let xTicks: [Tick]
    let yTicks: [Tick]
    var bands: [Band] = []
    let lines: [Line]

    private static let size = (width: 880.0, height: 360.0)
    private static let left = 72.0
    private static let right = 16.0
    private static let top = 14.0
    private static let bottom = 54.0

    var svg: String {
        let (width, height) = (Self.size.width.plain, Self.size.height.plain)
        return "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" "
            + "aria-label=\"\(label.escaped)\">\n"
            + bands.map(text).joined() + xTicks.map(vertical).joined()
            + yTicks.map(horizontal).joined() + axisLabels + lines.map(text).joined() + "</svg>\n"
    }

    /// Which line is which, as HTML.
    var legend: String {
        let entries = lines.map {
            "<span><i class=\"c\($0.colour)\"></i>\($0.name.escaped)</span>"
        }
        return "<p class=\"legend\">\(entries.joined())</p>\n"
    }

    private func x(_ place: Double) -> String {
        (Self.left + clamped(place) * (Self.size.width - Self.left - Self.right)).plain
    }

    private func y(_ place: Double) -> String {
        let height = Self.size.height - Self.top - Self.bottom
        return (Self.top + (1 - clamped(place)) * height).plain
    }

    private func clamped(_ place: Double) -> Double { min(max(place, 0), 1) }

    private func vertical(_ tick: Tick) -> String {
        let x = x(tick.place)
        let text = (Self.size.height - Self.bottom + 18).plain
        return "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(y(0))\" y2=\"\(y(1))\"/>"
            + "<text class=\"tick\" x=\"\(x)\" y=\"\(text)\" text-anchor=\"middle\">"
            + "\(tick.label.escaped)</text>\n"
    }

    private func horizontal(_ tick: Tick) -> String {
        let y = y(tick.place)
        let text = (Self.left - 8).plain
        return "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(1))\" y1=\"\(y)\" y2=\"\(y)\"/>"
            + "<text class=\"tick\" x=\"\(text)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">"
            + "\(tick.label.escaped)</text>\n"
    }

    private var axisLabels: String {
        let bottom = (Self.size.height - 10).plain
        return "<text class=\"axis\" x=\"\(x(0.5))\" y=\"\(bottom)\" text-anchor=\"middle\">"
            + "\(xLabel.escaped)</text>"
            + "<text class=\"axis\" transform=\"translate(14 \(y(0.5))) rotate(-90)\" "
            + "text-anchor=\"middle\">\(yLabel.escaped)</text>\n"
    }

    private func text(_ band: Band) -> String {
        let width =
            (clamped(band.to) - clamped(band.from))
            * (Self.size.width - Self.left - Self.right)
        let height = Self.size.height - Self.top - Self.bottom
        return "<rect class=\"band\" x=\"\(x(band.from))\" y=\"\(y(1))\" width=\"\(width.plain)\" "
            + "height=\"\(height.plain)\"><title>\(band.label.escaped)</title></rect>\n"
    }

    private func text(_ line: Line) -> String {
        let points = line.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
        let marks = line.marks.map { mark in
            "<circle class=\"m\(line.colour)\" cx=\"\(x(mark.point.x))\" cy=\"\(y(mark.point.y))\" "
                + "r=\"4\"><title>\(mark.label.escaped)</title></circle>\n"
        }
        return "<polyline class=\"l\(line.colour)\" points=\"\(points)\"/>\n" + marks.joined()
    }
}

extension String {
    /// As text or an attribute in HTML and SVG.
    var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.append(character)
            }
        }
    }
}
