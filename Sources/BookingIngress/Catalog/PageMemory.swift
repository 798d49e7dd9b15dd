import BookingDomain
import DequeModule
import NIOCore

/// Pages of the list of events as they were written, for as long as they are shown: a value.
struct PageMemory: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Which page: at most `limit` events, older than `cursor`.
    struct Place: Hashable, Sendable {
        let cursor: EventID?
        let limit: Int
    }

    private struct Page: Sendable {
        let body: ByteBuffer
        let asOf: Instant

        var bytes: Int { PageMemory.overheadBytes + body.readableBytes }
    }

    /// What a page takes besides its text.
    private static let overheadBytes = 256

    private let bytesMax: Int
    /// How old a page may be, counted from when its load began.
    private let ageMax: Duration
    private var pages: [Place: Page] = [:]
    /// What was kept, in that order.
    private var order: Deque<(place: Place, asOf: Instant)> = []
    /// How many bytes all pages take.
    private(set) var bytes = 0

    init(bytesMax: Int, ageMax: Duration) {
        self.bytesMax = bytesMax
        self.ageMax = ageMax
    }

    var isEmpty: Bool { order.isEmpty }

    /// The page, unless it is too old.
    func body(at place: Place, at now: Instant) -> ByteBuffer? {
        pages[place].flatMap { now - $0.asOf < ageMax ? $0.body : nil }
    }

    /// Keeps a page; the oldest ones make room for it.
    mutating func keep(_ body: ByteBuffer, at place: Place, asOf time: Instant) {
        let page = Page(body: body, asOf: time)
        guard page.bytes <= bytesMax else { return }
        while bytes + page.bytes > bytesMax, forgetOldest() {}
        bytes += page.bytes - (pages.updateValue(page, forKey: place)?.bytes ?? 0)
        order.append((place, time))
    }

    /// Forgets what is too old.
    mutating func forget(at now: Instant) {
        while let first = order.first, now - first.asOf >= ageMax, forgetOldest() {}
    }

    private mutating func forgetOldest() -> Bool {
        guard let (place, asOf) = order.popFirst() else { return false }
        // Another may have taken its place.
        if let page = pages[place], page.asOf == asOf {
            pages[place] = nil
            bytes -= page.bytes
        }
        return true
    }
}
