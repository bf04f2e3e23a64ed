// What is asked of outcomes again and again.

/** How many of the runs ended with a value of which `test` holds. */
export const count = (outcomes, test = () => true) => outcomes.filter((one) => one.error === undefined && test(one.value)).length;

/** Whether two runs both did what only one may do. */
export const both = (outcomes, test = (value) => value === true) => count(outcomes, test) > 1;
