/*
 * The built-in story: within three minutes every kind of fault happens to the daemon that is in
 * use at that moment, and ends again.
 */
#ifndef DEMO_STORY_H
#define DEMO_STORY_H

#include "script.h"

struct demo_story;

enum { DEMO_STORY_NODES_MIN = 3 };

/*
 * follow is the control socket of a tipwatchd that is asked which daemon it uses. With NULL the
 * story takes the first daemon without a fault. net and follow are borrowed. Returns 0 or -ENOMEM.
 */
int demo_story_create(struct tw_sim_net *net, const char *follow, struct demo_story **ret_story);
void demo_story_destroy(struct demo_story *story);
/* As demo_script_next_us() and demo_script_step(). */
int64_t demo_story_next_us(const struct demo_story *story);
const struct demo_step *demo_story_step(struct demo_story *story, int64_t now_us);

#endif
