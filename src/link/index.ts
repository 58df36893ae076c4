/** Links: carriers of frames, what does harm to them, rules, taps. */
export * from './frame-view.ts';
export * from './impairment.ts';
export * from './impairment-settings.ts';
export * from './link.ts';
export * from './memory-link.ts';
export * from './nat.ts';
export * from './rule-answers.ts';
export * from './rule-match.ts';
export * from './rules.ts';
export * from './segmentation.ts';
export * from './slip.ts';
export * from './switch.ts';
export * from './tracer.ts';
