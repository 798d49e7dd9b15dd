/// What an exploration came to.
package struct Exploration: Sendable {
    /// How many states that are not alike were found.
    package let states: Int
    /// How many steps lead from one to another.
    package let steps: Int
    /// How many steps the farthest state is away.
    package let depth: Int
    /// Whether all states were seen.
    package let isWhole: Bool
    /// What was tried, and how often it was possible.
    package let timesTaken: [Step: Int]
    /// How a promise is broken, in as few steps as can be; `nil` when it is kept.
    package let counterexample: Counterexample?
}
