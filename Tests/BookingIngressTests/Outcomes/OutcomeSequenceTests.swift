import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingIngress

@Suite("Whether all outcomes of a shard are heard")
struct OutcomeSequenceTests {
    private static func message(
        _ batch: Int64, after previous: Int64?, in incarnation: String? = "a", shard: Int = 0
    ) throws -> OutcomeMessage {
        OutcomeMessage(
            shard: try ShardNumber(shard).orThrow(), batch: batch, previousBatch: previous,
            incarnation: incarnation, bookings: [], events: [])
    }

    @Test("A message that follows the last one is in order; the first one may be any")
    func inOrder() throws {
        var sequence = OutcomeSequence()
        #expect(sequence.heard(try Self.message(7, after: 6)) == .inOrder)
        #expect(sequence.heard(try Self.message(8, after: 7)) == .inOrder)
        // Each shard counts for itself, and repeats have no number.
        #expect(sequence.heard(try Self.message(3, after: 2, shard: 1)) == .inOrder)
        #expect(sequence.heard(try Self.message(0, after: nil)) == .inOrder)
        #expect(sequence.heard(try Self.message(9, after: 8)) == .inOrder)
    }

    @Test("A batch whose outcomes were not heard is missed, once")
    func missed() throws {
        var sequence = OutcomeSequence()
        _ = sequence.heard(try Self.message(7, after: 6))
        #expect(sequence.heard(try Self.message(9, after: 8)) == .missed)
        #expect(sequence.heard(try Self.message(10, after: 9)) == .inOrder)
        // Nobody missed what was written before the subscription.
        sequence.resubscribed()
        #expect(sequence.heard(try Self.message(20, after: 19)) == .inOrder)
    }

    @Test(
        "Another incarnation, or a batch of old, is another history; also after a new subscription")
    func otherHistory() throws {
        var sequence = OutcomeSequence()
        _ = sequence.heard(try Self.message(7, after: 6))
        #expect(sequence.heard(try Self.message(8, after: 7, in: "b")) == .otherHistory)
        #expect(sequence.heard(try Self.message(9, after: 8, in: "b")) == .inOrder)
        #expect(sequence.heard(try Self.message(4, after: 3, in: "b")) == .otherHistory)
        #expect(sequence.heard(try Self.message(5, after: 4, in: "b")) == .inOrder)
        sequence.resubscribed()
        #expect(sequence.heard(try Self.message(1, after: 0, in: "c")) == .otherHistory)
    }

    @Test("What a former owner tells late is no other history, and leaves the order as it is")
    func late() throws {
        var sequence = OutcomeSequence()
        #expect(sequence.heard(try Self.message(7, after: 6)) == .inOrder)
        // It committed 8 and 9, and froze before it told of them; another owner went on.
        #expect(sequence.heard(try Self.message(10, after: 9)) == .missed)
        #expect(sequence.heard(try Self.message(8, after: 7)) == .late)
        #expect(sequence.heard(try Self.message(11, after: 10)) == .inOrder)
        #expect(sequence.heard(try Self.message(9, after: 8)) == .late)
        #expect(sequence.heard(try Self.message(12, after: 11)) == .inOrder)
    }

    @Test(
        "A batch told twice, never missed, or missed long ago is of a snapshot that was put back",
        arguments: [8, 7, 6, 1000, 1100 - OutcomeSequence.lateMax, 1100] as [Int64])
    func snapshot(batch: Int64) throws {
        var sequence = OutcomeSequence()
        _ = sequence.heard(try Self.message(7, after: 6))
        _ = sequence.heard(try Self.message(9, after: 8))
        _ = sequence.heard(try Self.message(8, after: 7))
        _ = sequence.heard(try Self.message(1000, after: 9))
        _ = sequence.heard(try Self.message(1101, after: 1100))
        if batch == 1100 { _ = sequence.heard(try Self.message(1100, after: 1099)) }
        #expect(sequence.heard(try Self.message(batch, after: batch - 1)) == .otherHistory)
        #expect(sequence.heard(try Self.message(batch + 1, after: batch)) == .inOrder)
    }

    @Test("A worker that says neither is taken at its word")
    func older() throws {
        var sequence = OutcomeSequence()
        for batch in [7, 9, 3] as [Int64] {
            #expect(sequence.heard(try Self.message(batch, after: nil, in: nil)) == .inOrder)
        }
    }
}
