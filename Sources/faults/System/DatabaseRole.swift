/// As whom a program uses the databases; each has a file of settings, named so.
enum DatabaseRole: String, Hashable, Sendable, CaseIterable {
    case ingress, worker
}

extension Program {
    var role: DatabaseRole {
        switch self {
        case .ingress: .ingress
        case .worker: .worker
        }
    }
}
