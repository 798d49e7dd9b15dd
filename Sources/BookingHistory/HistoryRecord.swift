/// One line of a run's history: something a client did or a fault that was injected.
///
/// The member `kind` says which; see `PostRecord`, `GetRecord`, `ChangeRecord`, `ChangeLookRecord`,
/// `EventRecord` and `FaultRecord` for the other members. Lines stand in any order.
package enum HistoryRecord: Hashable, Sendable {
    case post(PostRecord)
    case get(GetRecord)
    case change(ChangeRecord)
    case changeLook(ChangeLookRecord)
    case event(EventRecord)
    case fault(FaultRecord)
}

extension HistoryRecord: Codable {
    private enum Kind: String, Codable {
        case post, get, change, changeLook, event, fault
    }

    private enum CodingKeys: CodingKey {
        case kind
    }

    package init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .kind)
        switch kind {
        case .post: self = .post(try PostRecord(from: decoder))
        case .get: self = .get(try GetRecord(from: decoder))
        case .change: self = .change(try ChangeRecord(from: decoder))
        case .changeLook: self = .changeLook(try ChangeLookRecord(from: decoder))
        case .event: self = .event(try EventRecord(from: decoder))
        case .fault: self = .fault(try FaultRecord(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .post(let record):
            try container.encode(Kind.post, forKey: .kind)
            try record.encode(to: encoder)
        case .get(let record):
            try container.encode(Kind.get, forKey: .kind)
            try record.encode(to: encoder)
        case .change(let record):
            try container.encode(Kind.change, forKey: .kind)
            try record.encode(to: encoder)
        case .changeLook(let record):
            try container.encode(Kind.changeLook, forKey: .kind)
            try record.encode(to: encoder)
        case .event(let record):
            try container.encode(Kind.event, forKey: .kind)
            try record.encode(to: encoder)
        case .fault(let record):
            try container.encode(Kind.fault, forKey: .kind)
            try record.encode(to: encoder)
        }
    }
}
