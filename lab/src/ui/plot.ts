/** The chart library, in a file of its own that is loaded late; its styles are with the others. */
import Plot from 'uplot';

export { Plot };
