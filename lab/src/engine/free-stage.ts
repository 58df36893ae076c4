/** The scene without a story: two hosts, a line, and nobody who does anything before you do. */
import type { Scene } from '../../../src/scenes/scene.ts';

export const FREE_STAGE: Scene = {
  id: 'free',
  group: 'life',
  title: { en: 'Free stage', zh: '自由实验' },
  summary: {
    en: 'Two hosts and a line between them. Nothing happens until you make it happen: listen on one side, connect from the other, and grab the packets on their way.',
    zh: '两台主机，一条线路。你不动手，什么也不会发生：在一边监听，从另一边连接，再把路上的分组抓住试试。',
  },
  play(stage) {
    stage.pair({ link: { medium: 'ethernet', delayMs: 40 } });
    stage.settle(1);
  },
};
