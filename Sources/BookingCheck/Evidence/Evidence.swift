/// All that a verdict on a run rests on.
package struct Evidence: Sendable {
    package var plan: Plan
    package var history: History
    package var tables: Tables
    package var queues: QueueCounts

    package init(plan: Plan, history: History, tables: Tables, queues: QueueCounts) {
        self.plan = plan
        self.history = history
        self.tables = tables
        self.queues = queues
    }
}
