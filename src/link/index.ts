/** Links: carriers of frames, what does harm to them, rules, taps. */

export * from '../wire/frame-view.ts';
export * from '../wire/segmentation.ts';
export type { BottleneckSettings } from './bottleneck.ts';
export * from './coalescing.ts';
export * from './impairment.ts';
export * from './impairment-settings.ts';
export * from './link.ts';
export type { MarkingSettings, RedMarking, StepMarking } from './marking.ts';
export * from './memory-link.ts';
export * from './nat.ts';
export type { FrameRewrite } from './rewrite.ts';
export * from './rule-answers.ts';
export * from './rule-match.ts';
export * from './rules.ts';
export * from './slip.ts';
export * from './switch.ts';
export * from './tracer.ts';
export * from './wire-frames.ts';
