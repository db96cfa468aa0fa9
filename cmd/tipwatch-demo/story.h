/*
 * The built-in story: within three minutes every kind of fault happens to the daemon that is being
 * used at that moment, and is healed again.
 */
#ifndef DEMO_STORY_H
#define DEMO_STORY_H

#include "script.h"

struct demo_story;

enum { DEMO_STORY_NODES_MIN = 3 };

/*
 * follow: the control socket of a tipwatchd that is asked which daemon it uses, or NULL: then the
 * story takes the first that nothing is wrong with. Both borrowed. 0 or -ENOMEM.
 */
int demo_story_create(struct tw_sim_net *net, const char *follow, struct demo_story **ret_story);
void demo_story_destroy(struct demo_story *story);
/* As demo_script_next_us() and demo_script_step(). */
int64_t demo_story_next_us(const struct demo_story *story);
const struct demo_step *demo_story_step(struct demo_story *story, int64_t now_us);

#endif
