import BookingDomain
import JSON
import ProblemDetails

/// What the body of a confirmation says.
struct ConfirmationDraft: Hashable, Sendable {
    /// Whether it is being paid for, and the confirmation follows.
    let isPaying: Bool

    init(_ body: JSONValue) throws(Problem) {
        isPaying = try FieldReader.read(body) { reader, body in
            body["paying"].ifGiven.map { reader.boolean($0) } ?? false
        }
    }
}

/// A body that says nothing.
struct EmptyDraft: Hashable, Sendable {
    init(_ body: JSONValue) throws(Problem) {
        _ = try FieldReader.read(body) { _, _ in true }
    }
}

extension ChangeService.View: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("id")
            writer.plainString { id.append(to: &$0) }
            writer.name("status")
            writer.string(change.map { $0.refusal == nil ? "applied" : "refused" } ?? "pending")
            if let refusal = change?.refusal {
                writer.name("reason")
                writer.string(refusal.rawValue)
            }
            writer.name("booking")
            booking.write(to: &writer)
        }
    }
}
