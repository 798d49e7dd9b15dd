/// Steps between numbered states, entered state by state in the order of their numbers.
struct Edges {
    /// By state: where its steps begin in `targets`.
    private var starts: [UInt32] = []
    private var targets: [UInt32] = []

    mutating func begin() { starts.append(UInt32(targets.count)) }
    mutating func append(_ target: UInt32) { targets.append(target) }

    /// By state: whether some way leads from it to one that is `isDone`; found backwards.
    func reaching(_ isDone: [Bool]) -> [Bool] {
        var firstSource = [UInt32](repeating: 0, count: isDone.count + 1)
        for target in targets { firstSource[Int(target) + 1] += 1 }
        for number in isDone.indices { firstSource[number + 1] += firstSource[number] }
        var sources = [UInt32](repeating: 0, count: targets.count)
        var free = firstSource
        for number in starts.indices {
            for target in targets[range(of: number)] {
                sources[Int(free[Int(target)])] = UInt32(number)
                free[Int(target)] += 1
            }
        }
        var reaches = isDone
        var open = isDone.indices.filter { isDone[$0] }
        while let number = open.popLast() {
            for place in firstSource[number]..<firstSource[number + 1] {
                let source = Int(sources[Int(place)])
                guard !reaches[source] else { continue }
                reaches[source] = true
                open.append(source)
            }
        }
        return reaches
    }

    private func range(of number: Int) -> Range<Int> {
        let end = number + 1 < starts.count ? starts[number + 1] : UInt32(targets.count)
        return Int(starts[number])..<Int(end)
    }
}
