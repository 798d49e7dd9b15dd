import NIOCore

extension Conversation {
    /// What `answer` leads to.
    mutating func take(_ answer: LoadAnswer, to errand: Errand, at now: NIODeadline) -> Step {
        switch answer {
        case .event: return finish(.read(dueAt: errand.dueAt))
        case .decided(let outcome): return finish(.decided(outcome, dueAt: errand.dueAt))
        case .pending(let id, let retryAfter):
            return follow(errand, id: id, retryAfter: retryAfter, at: now)
        case .refused(let refusal, let retryAfter):
            return later(
                errand, .refused(refusal, saysWhen: retryAfter != nil, dueAt: errand.dueAt),
                after: retryAfter, at: now)
        case .unexpected(let answer):
            if errand.isAccepted, answer.status == 404 { return finish(.lost(.unknown)) }
            return later(errand, .failed(.unexpected(answer)), after: nil, at: now)
        case .unreadable(let status):
            return later(errand, .failed(.unreadable(status: status)), after: nil, at: now)
        }
    }

    private mutating func finish(_ note: ConversationNote) -> Step {
        state = .free
        return Step(.takeNext, note)
    }

    /// The booking is in the line.
    ///
    /// The first long poll follows at once, since it does the waiting; each further one not before
    /// the server's `Retry-After`, counted from when the last was sent.
    private mutating func follow(
        _ errand: Errand, id: String, retryAfter: TimeAmount?, at now: NIODeadline
    ) -> Step {
        var errand = errand
        let isFirst = !errand.isAccepted
        errand.stage = .following(id: id)
        if isFirst {
            errand.sentAt = now
            state = .exchanging(errand)
            return Step(.send(.ask(id: id)), .accepted(dueAt: errand.dueAt))
        }
        let next = errand.sentAt + Self.pause(retryAfter)
        guard next > now else { return resume(errand, at: now) }
        state = .pausing(errand)
        return Step(.wake(at: next))
    }

    /// Nothing came of it for now: an accepted booking is asked for again, all else is given up.
    private mutating func later(
        _ errand: Errand, _ note: ConversationNote, after retryAfter: TimeAmount?,
        at now: NIODeadline
    ) -> Step {
        guard errand.isAccepted || rules.pausesAfterRefusal else { return finish(note) }
        state = .pausing(errand.isAccepted ? errand : nil)
        return Step(.wake(at: now + Self.pause(retryAfter)), note)
    }

    /// What the server asks for, but at least a little and not for long.
    private static func pause(_ wish: TimeAmount?) -> TimeAmount {
        min(
            max(wish ?? .zero, TimeAmount(DrillLimits.pauseMin)), TimeAmount(DrillLimits.pauseMax))
    }
}
