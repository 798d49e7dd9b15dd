import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingIngress

struct RevocationMemoryTests {
    private let user = UserID(bits: 7)
    private static let now = TestEvents.now

    private func later(_ seconds: Int64) -> Instant {
        Instant(microsecondsSinceEpoch: Self.now.microsecondsSinceEpoch + seconds * 1_000_000)
    }

    private func principal(
        session: UInt128, generation: Int? = 0, of user: UserID? = nil
    ) -> Principal {
        Principal(
            user: user ?? self.user, role: .attendee, session: SessionID(bits: session),
            generation: generation, issuedAt: Self.now, expiresAt: later(3600))
    }

    private func change(to generation: Int, sparing session: UInt128? = nil) -> SessionRevocation {
        SessionRevocation(
            .account(
                user, generation: generation, madeBefore: later(1),
                sparing: session.map { SessionID(bits: $0) }), expiresAt: later(3600))
    }

    @Test("what is taken in again is nothing new, and an older change of the password is none")
    func again() {
        var memory = RevocationMemory()
        let session = SessionRevocation(.session(SessionID(bits: 1)), expiresAt: later(1))
        #expect(memory.take(session) == true)
        #expect(memory.take(session) == false)
        #expect(memory.take(change(to: 2, sparing: 5)) == true)
        #expect(memory.take(change(to: 2, sparing: 5)) == false)
        #expect(memory.take(change(to: 1, sparing: 6)) == false)
        #expect(memory.revokes(principal(session: 6, generation: 1)))
        #expect(!memory.revokes(principal(session: 5, generation: 1)))
    }

    @Test("a change of the password concerns that account alone")
    func others() {
        var memory = RevocationMemory()
        _ = memory.take(change(to: 1))
        #expect(memory.revokes(principal(session: 1)))
        #expect(!memory.revokes(principal(session: 1, of: UserID(bits: 8))))
    }

    @Test("the session that changes the password twice goes on, one spared before does not")
    func twice() {
        var memory = RevocationMemory()
        _ = memory.take(change(to: 1, sparing: 5))
        _ = memory.take(change(to: 2, sparing: 6))
        #expect(memory.revokes(principal(session: 5)))
        #expect(!memory.revokes(principal(session: 6, generation: 1)))
        _ = memory.take(change(to: 3, sparing: 6))
        #expect(!memory.revokes(principal(session: 6, generation: 1)))
    }

    @Test("what has expired is forgotten, and there is room again")
    func bounded() {
        var memory = RevocationMemory(countMax: 3)
        for number in 1...4 {
            let taken = memory.take(
                SessionRevocation(
                    .session(SessionID(bits: UInt128(number))), expiresAt: later(Int64(number))))
            #expect(taken == (number < 4))
        }
        #expect(memory.dropped == 1)
        memory.forgetExpired(at: later(2))
        #expect(!memory.revokes(principal(session: 1)))
        #expect(memory.revokes(principal(session: 3)))
        let next = SessionRevocation(.session(SessionID(bits: 9)), expiresAt: later(9))
        #expect(memory.take(next) == true)
    }
}
