/// A program of the system under test.
enum Program: Hashable, Sendable {
    /// Counted from 1.
    case ingress(Int)
    /// Counted from 1.
    case worker(Int)

    static let ingressCount = 2

    var name: String {
        switch self {
        case .ingress(let number): "ingress-\(number)"
        case .worker(let number): "worker-\(number)"
        }
    }

    /// The worker of that name.
    init?(worker name: String) {
        guard name.hasPrefix("worker-"), let number = Int(name.dropFirst(7)) else { return nil }
        self = .worker(number)
    }

    /// Its place among the management addresses.
    var place: Int {
        switch self {
        case .ingress(let number): number - 1
        case .worker(let number): Self.ingressCount + number - 1
        }
    }
}
