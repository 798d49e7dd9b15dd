import DequeModule

/// What waits for a scarce place, taken in turns: one of each key that has something waiting.
///
/// Within a key it is first come, first served. When the queue is full, room is made by the key that has most
/// waiting: its last one goes, unless the newcomer's key has as many. So a key that asks for little is served
/// soon, and always finds room, however much another asks for.
struct FairQueue<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    /// Where something stands in the queue.
    struct Ticket: Hashable, Sendable {
        fileprivate let key: Key
        fileprivate let number: UInt64
    }

    /// What becomes of a newcomer.
    enum Admission {
        case queued(Ticket)
        /// It is in the queue, and another one is not any more.
        case queuedInsteadOf(Element, Ticket)
        case full
    }

    private struct Waiting {
        let number: UInt64
        let element: Element
    }

    private let countMax: Int
    private var waiting: [Key: Deque<Waiting>] = [:]
    /// The keys that have something waiting, in the order of their turns.
    private var turns: Deque<Key> = []
    private var lastNumber: UInt64 = 0
    private(set) var count = 0

    init(countMax: Int) { self.countMax = countMax }

    /// Puts `element` behind what waits for its key.
    mutating func append(_ element: Element, for key: Key) -> Admission {
        guard count >= countMax else { return .queued(put(element, for: key)) }
        let longest = waiting.max { $0.value.count < $1.value.count }
        guard let longest, longest.value.count > waiting[key, default: []].count + 1,
            let last = longest.value.last,
            let displaced = remove(Ticket(key: longest.key, number: last.number))
        else { return .full }
        return .queuedInsteadOf(displaced, put(element, for: key))
    }

    /// Takes out what has its turn, of keys that may have one; those that may not keep theirs.
    mutating func next(where mayHaveTurn: (Key) -> Bool = { _ in true }) -> (Key, Element)? {
        guard let turn = turns.firstIndex(where: mayHaveTurn) else { return nil }
        let key = turns.remove(at: turn)
        guard let first = waiting[key]?.popFirst() else { return nil }
        if waiting[key]?.isEmpty == true { waiting[key] = nil } else { turns.append(key) }
        count -= 1
        return (key, first.element)
    }

    /// Takes out what need not wait any more; `nil` when it does not.
    mutating func remove(_ ticket: Ticket) -> Element? {
        guard let index = waiting[ticket.key]?.firstIndex(where: { $0.number == ticket.number })
        else { return nil }
        let removed = waiting[ticket.key]?.remove(at: index)
        if waiting[ticket.key]?.isEmpty == true {
            waiting[ticket.key] = nil
            turns.removeAll { $0 == ticket.key }
        }
        count -= 1
        return removed?.element
    }

    private mutating func put(_ element: Element, for key: Key) -> Ticket {
        if waiting[key] == nil { turns.append(key) }
        lastNumber += 1
        waiting[key, default: []].append(Waiting(number: lastNumber, element: element))
        count += 1
        return Ticket(key: key, number: lastNumber)
    }
}
