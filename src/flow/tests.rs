//! Small graphs, written as `0>1,2 1>3`, and their print.

use super::{Flow, Scratch};

fn graph(text: &str) -> Flow {
    let mut successors = Vec::new();
    for block in text.split(' ') {
        let (_, to) = block.split_once('>').unwrap();
        let to = to.split(',').filter(|to| !to.is_empty()).map(|to| to.parse().unwrap());
        successors.push(to.collect());
    }
    Flow::new(successors)
}

/// Per block: immediate dominator, immediate post-dominator, control dependences, loops.
fn print(flow: &Flow) -> Vec<String> {
    let name = |block: Option<usize>| block.map_or("-".to_string(), |block| block.to_string());
    let line = |block: usize| {
        let depends: Vec<String> =
            flow.depends[block].iter().map(|(from, index)| format!("{from}.{index}")).collect();
        let loops: Vec<String> = flow.loops.around(block).map(|header| header.to_string()).collect();
        let (above, below) = (flow.dominators.parent[block], flow.post_dominators.parent[block]);
        let text = format!("{block}: {} {} [{}] ", name(above), name(below), depends.join(" "));
        (text + &loops.join("<")).trim_end().to_string()
    };
    (0..flow.successors.len()).map(line).collect()
}

#[test]
fn a_diamond_joins() {
    let flow = graph("0>1,2 1>3 2>3 3>");
    assert_eq!(flow.order, [0, 1, 2, 3]);
    assert_eq!(print(&flow), ["0: - 3 []", "1: 0 3 [0.0]", "2: 0 3 [0.1]", "3: 0 4 []"]);
    assert!(flow.dominates(0, 3) && flow.dominates(3, 3) && !flow.dominates(1, 3));
    assert!(flow.post_dominates(3, 0) && !flow.post_dominates(1, 0));
}

#[test]
fn an_early_return_decides_all_that_follows() {
    let flow = graph("0>1,2 1> 2>3,4 3> 4>5 5>");
    assert_eq!(
        print(&flow),
        ["0: - 6 []", "1: 0 6 [0.0]", "2: 0 6 [0.1]", "3: 2 6 [2.0]", "4: 2 5 [2.1]", "5: 4 6 [2.1]"]
    );
}

#[test]
fn nested_loops_know_their_headers() {
    // 1 is the outer test, 2 the inner one, 3 the inner body, 4 goes round outside.
    let flow = graph("0>1 1>2,5 2>3,4 3>2 4>1 5>");
    assert_eq!(
        print(&flow),
        [
            "0: - 1 []",
            "1: 0 5 [1.0] 1",
            "2: 1 4 [1.0 2.0] 2<1",
            "3: 2 2 [2.0] 2<1",
            "4: 2 1 [1.0] 1",
            "5: 1 6 []"
        ]
    );
    assert!(flow.is_back_edge(3, 2) && flow.is_back_edge(4, 1) && !flow.is_back_edge(1, 2));
    assert!(flow.loops.contains(1, 3) && !flow.loops.contains(2, 4));
}

#[test]
fn an_endless_loop_still_has_post_dominators() {
    let flow = graph("0>1 1>2,3 2>1 3>1");
    assert_eq!(print(&flow), ["0: - 1 []", "1: 0 3 [1.0] 1", "2: 1 1 [1.0] 1", "3: 1 4 [] 1"]);
    let flow = graph("0>0");
    assert_eq!(print(&flow), ["0: - 1 [] 0"]);
}

#[test]
fn what_is_not_reached_has_no_place() {
    let flow = graph("0>2,9 1>2 2>");
    assert_eq!(flow.order, [0, 2]);
    assert_eq!(flow.rank, [Some(0), None, Some(1)]);
    assert!(flow.dominates(0, 2) && !flow.dominates(1, 1) && !flow.dominates(0, 7));
    assert_eq!(flow.predecessors[2], [0]);
    assert!(Flow::new(vec![]).order.is_empty());
}

#[test]
fn reaching_may_avoid_blocks() {
    let flow = graph("0>1,2 1>3 2>3 3>4 4>3,5 5>");
    let scratch = &mut Scratch::default();
    assert!(flow.reaches(0, 5, |_| false, scratch));
    assert!(flow.reaches(0, 3, |block| block == 1, scratch));
    assert!(!flow.reaches(0, 3, |block| block == 1 || block == 2, scratch));
    assert!(flow.reaches(3, 3, |_| false, scratch));
    assert!(!flow.reaches(0, 0, |_| false, scratch));
    assert!(!flow.reaches(5, 0, |_| false, scratch));
    assert_eq!(flow.between(0, 3), [1, 2, 3, 4]);
    assert!(flow.follows(4, 3) && !flow.follows(5, 5));
}

/// Dominance by its definition: `b` is out of reach without `a`.
#[test]
fn trees_agree_with_the_definition_on_many_graphs() {
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    let scratch = &mut Scratch::default();
    for _ in 0..300 {
        let count = 2 + random(9);
        let successors: Vec<Vec<usize>> =
            (0..count).map(|_| (0..random(4)).map(|_| random(count)).collect()).collect();
        let flow = Flow::new(successors.clone());
        for a in 0..count {
            for b in 0..count {
                let reached = |at: usize| flow.rank[at].is_some();
                let around = a != 0 && (b == 0 || flow.reaches(0, b, |block| block == a, scratch));
                let expected = reached(a) && reached(b) && (a == b || !around);
                assert_eq!(flow.dominates(a, b), expected, "{a} {b} in {successors:?}");
            }
        }
    }
}

#[test]
fn a_hundred_thousand_blocks_with_one_handler_are_quick() {
    let count = 100_000;
    let mut successors: Vec<Vec<usize>> = (0..count).map(|at| vec![at + 1, count]).collect();
    successors.push(vec![]);
    let flow = Flow::new(successors);
    assert_eq!(flow.dominators.parent[count], Some(0));
    let nested = |at: usize| if at < count / 2 { vec![at + 1] } else { vec![at + 1, count - at] };
    let flow = Flow::new((0..count).map(nested).collect());
    assert_eq!(flow.order.len(), count);
}
