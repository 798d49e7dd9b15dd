import HTTPTypes
import NIOHTTP1
import ProblemDetails
import Testing

@testable import BookingIngress

struct RefusalTests {
    @Test("refusals of one cause are one line a minute, which tells how many there were")
    func folding() {
        let notes = RefusalNotes(logger: TestIngress.quiet)
        let start = ContinuousClock.now
        #expect(notes.lineCount("slow", at: start) == 1)
        #expect(notes.lineCount("malformed", at: start) == 1)
        for _ in 0..<3 {
            #expect(notes.lineCount("slow", at: start + .seconds(59)) == nil)
        }
        #expect(notes.lineCount("slow", at: start + RefusalNotes.interval) == 4)
        #expect(notes.lineCount("slow", at: start + RefusalNotes.interval) == nil)
    }

    @Test("refusals that can be told apart have numbers of their own")
    func numbers() {
        let notes = RefusalNotes(logger: TestIngress.quiet)
        #expect(notes.note(HTTPRefusal.slow) != notes.note(HTTPRefusal.slow))
    }

    @Test("each refusal is a problem of the client's, or says what is not there")
    func problems() {
        for refusal in HTTPRefusal.allCases {
            let status = refusal.problem.status.code
            #expect((400...499).contains(status) || [501, 505].contains(status))
        }
        #expect(ConnectionRefusal.tooManyFromAddress.problem.status == .tooManyRequests)
    }

    @Test(
        "bodies of events may be larger than others",
        arguments: [
            (HTTPMethod.POST, "/v1/events", true), (.POST, "/v1/events?x=/", true),
            (.PATCH, "/v1/events/7", true), (.POST, "/v1/events/7/bookings", false),
            (.POST, "/v1/eventsandmore", false), (.POST, "/v1/users", false),
            (.GET, "/v1/events", false),
        ])
    func bodies(method: HTTPMethod, target: String, isEvent: Bool) {
        let limit = HTTPLimits.bodyBytesMax(method, target)
        #expect(limit == (isEvent ? HTTPLimits.eventBodyBytesMax : HTTPLimits.bodyBytesMax))
    }
}
