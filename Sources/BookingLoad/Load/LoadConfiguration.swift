/// What load is put on which ingress instances, and for how long.
package struct LoadConfiguration: Sendable {
    /// Base addresses of the ingress instances, like `http://127.0.0.1:8080`; connections go round
    /// robin.
    package var urls: [String]
    /// When requests are sent.
    package var pace: LoadPace
    /// Connections, each with at most one request under way.
    package var users: Int
    /// How long requests are sent and counted.
    package var duration: Duration
    /// How long requests are sent before that, without being counted.
    package var warmup: Duration
    /// How outcomes are learnt.
    package var style: LoadStyle
    /// What requests ask for in `Prefer: wait=N`, in seconds.
    package var waitSeconds: Int
    /// Events that are booked.
    package var events: Int
    /// The skew over the events: the n-th is wanted as often as n to the minus this; 0 for evenly.
    package var zipf: Double
    /// The share of requests that look at an event instead of booking, 0 to 1.
    package var reads: Double
    /// Accounts that book; connections share them.
    package var buyers: Int
    /// Places of each event.
    package var capacity: Int
    /// How long after the last request outcomes are waited for before they count as lost.
    package var patience: Duration

    /// What is not given is as on the command line.
    package init(
        urls: [String] = ["http://127.0.0.1:8080"], pace: LoadPace = .closed, users: Int = 100,
        duration: Duration = .seconds(30), warmup: Duration = .seconds(3),
        style: LoadStyle = .wait, waitSeconds: Int = 30, events: Int = 1, zipf: Double = 0,
        reads: Double = 0, buyers: Int? = nil, capacity: Int = 10_000_000,
        patience: Duration = .seconds(60)
    ) {
        self.urls = urls
        self.pace = pace
        self.users = users
        self.duration = duration
        self.warmup = warmup
        self.style = style
        self.waitSeconds = waitSeconds
        self.events = events
        self.zipf = zipf
        self.reads = reads
        self.buyers = buyers ?? Self.defaultBuyers(of: pace, users: users)
        self.capacity = capacity
        self.patience = patience
    }

    /// So many that the limits of an account are not met, as far as the rate can be known beforehand.
    static func defaultBuyers(of pace: LoadPace, users: Int) -> Int {
        let wanted: Int =
            switch pace {
            case .open(let rate):
                rate > 0 ? Int(min(rate, LoadLimits.rateMax) / LoadLimits.buyerRate) : 0
            case .closed:
                min(
                    min(max(users, 0), LoadLimits.usersMax) * LoadLimits.buyersPerUser,
                    LoadLimits.defaultBuyersMax)
            }
        return min(max(wanted, LoadLimits.defaultBuyersMin), LoadLimits.buyersMax)
    }
}

/// When a request is sent.
package enum LoadPace: Hashable, Sendable {
    /// A user sends the next request when the last one was answered.
    case closed
    /// So many requests a second fall due, whatever becomes of those before them.
    case open(rate: Double)
}

/// How a client learns the outcome of a booking.
package enum LoadStyle: String, Hashable, Sendable, CaseIterable {
    /// The POST itself waits for it.
    case wait
    /// The POST is answered 202, and a long poll of the booking waits for it.
    case poll
}
