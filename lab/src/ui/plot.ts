/** The chart library with its styles, in a file of its own that is loaded late. */
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export { Plot };
