//! Every order in which the callbacks of a scenario can come.

use crate::callback::PlannedCallback;
use crate::problem::Problem;

/// The most callbacks that are played in every order: 720 plays.
const MOST: usize = 6;

/// The places of callbacks, as they happened, in the order in which they are sent.
pub(super) type Order = Vec<usize>;

/// Every order of `count` callbacks, starting with the one in which they happened.
///
/// # Errors
/// There is only one, or there are too many.
pub(super) fn every(count: usize) -> Result<Vec<Order>, Box<Problem>> {
    let path = "delivery.orders";
    if count < 2 {
        let title = format!("it takes two callbacks to come in another order; this scenario has {count}");
        return Err(Box::new(Problem::at(path, title)));
    }
    if count > MOST {
        let orders = (1..=count as u128).try_fold(1, u128::checked_mul);
        let orders = orders.map_or_else(|| "countless".into(), |orders| orders.to_string());
        let problem = Problem::at(path, format!("{count} callbacks can come in {orders} orders"))
            .label(format!("at most {MOST} callbacks are played in every order"))
            .help("a shorter broadcast, or `subscribe:` to fewer events");
        return Err(Box::new(problem));
    }
    let mut orders: Vec<Order> = vec![Vec::new()];
    for _ in 0..count {
        let longer = |order: &Order| {
            let unused = (0..count).filter(|place| !order.contains(place));
            unused.map(|place| [order.as_slice(), &[place]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    Ok(orders)
}

/// The order as a person counts: `2 1 3`, with something else between the numbers for an id.
pub(super) fn show(order: &[usize], between: &str) -> String {
    order.iter().map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(between)
}

/// The callbacks in this order. None is sent before it happened: what is sent after a later one is as late.
pub(super) fn arrange(callbacks: &[PlannedCallback], order: &[usize]) -> Vec<PlannedCallback> {
    let mut latest = std::time::Duration::ZERO;
    let moved = order.iter().filter_map(|place| callbacks.get(*place).cloned());
    moved
        .map(|callback| {
            latest = latest.max(callback.due);
            PlannedCallback { due: latest, ..callback }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_callbacks_come_in_six_orders_the_plain_one_first() {
        let shown: Vec<String> = every(3).unwrap().iter().map(|order| show(order, " ")).collect();
        assert_eq!(shown, ["1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1"]);
    }

    #[test]
    fn six_callbacks_come_in_720_orders_all_different_and_seven_are_too_many() {
        let orders: std::collections::BTreeSet<Order> = every(6).unwrap().into_iter().collect();
        assert_eq!(orders.len(), 720);
        assert!(every(7).unwrap_err().title.contains("5040"));
        assert!(every(1).is_err());
    }
}
