/// The client's name for one request, so that sending it again is the same request.
///
/// Shape as in the IETF draft "The Idempotency-Key HTTP Header Field": 1 to 255 printable ASCII
/// characters.
package struct IdempotencyKey: Hashable, Sendable {
    package let text: String

    /// `nil` when empty, longer than ``BookingLimits/idempotencyKeyMax`` or not printable ASCII.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= BookingLimits.idempotencyKeyMax,
            bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        self.text = text
    }
}
