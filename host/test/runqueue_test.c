#include "core/runqueue.h"

#include "test/test.h"

static struct neap_runqueue queue;
static struct neap_task tasks[4];

TEST(pop_gives_tasks_in_the_order_they_were_pushed) {
    neap_runqueue_init(&queue);
    EXPECT_NULL(neap_runqueue_pop(&queue));
    for (int i = 0; i < 3; i++)
        neap_runqueue_push(&queue, &tasks[i]);

    for (int i = 0; i < 3; i++)
        EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[i]);

    EXPECT_NULL(neap_runqueue_pop(&queue));
}

TEST(what_other_threads_pushed_keeps_its_order_behind_what_was_there) {
    neap_runqueue_init(&queue);
    neap_runqueue_push_remote(&queue, &tasks[1]);
    neap_runqueue_push_remote(&queue, &tasks[2]);
    neap_runqueue_push(&queue, &tasks[0]);

    for (int i = 0; i < 3; i++)
        EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[i]);
}

TEST(what_is_put_in_front_is_given_first) {
    struct neap_runqueue older;
    neap_runqueue_init(&queue);
    neap_runqueue_init(&older);
    neap_runqueue_prepend(&queue, &older);
    EXPECT_NULL(neap_runqueue_pop(&queue));

    neap_runqueue_push(&older, &tasks[2]);
    neap_runqueue_prepend(&queue, &older); /* to an empty one */
    neap_runqueue_push(&queue, &tasks[3]);
    neap_runqueue_push(&older, &tasks[0]);
    neap_runqueue_push(&older, &tasks[1]);
    neap_runqueue_prepend(&queue, &older);

    EXPECT_INT(queue.length, 4);
    for (int i = 0; i < 4; i++)
        EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[i]);
    EXPECT_NULL(neap_runqueue_pop(&queue));
    EXPECT_NULL(neap_runqueue_pop(&older));
}

TEST(any_sees_both_ways_in) {
    neap_runqueue_init(&queue);
    EXPECT_FALSE(neap_runqueue_any(&queue));

    neap_runqueue_push_remote(&queue, &tasks[0]);
    EXPECT_TRUE(neap_runqueue_any(&queue));
    neap_runqueue_pop(&queue);
    neap_runqueue_push(&queue, &tasks[1]);

    EXPECT_TRUE(neap_runqueue_any(&queue));
}

TEST(a_task_may_be_pushed_again_once_it_was_popped) {
    neap_runqueue_init(&queue);
    neap_runqueue_push(&queue, &tasks[0]);

    for (int i = 0; i < 3; i++) {
        EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[0]);
        neap_runqueue_push_remote(&queue, &tasks[0]);
    }

    EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[0]);
    EXPECT_INT(queue.length, 0);
}

TEST(a_task_is_taken_out_wherever_it_is) {
    for (int taken = 0; taken < 3; taken++) {
        neap_runqueue_init(&queue);
        neap_runqueue_push(&queue, &tasks[0]);
        neap_runqueue_push(&queue, &tasks[1]);
        neap_runqueue_push_remote(&queue, &tasks[2]);

        EXPECT_TRUE(neap_runqueue_remove(&queue, &tasks[taken]));
        EXPECT_FALSE(neap_runqueue_remove(&queue, &tasks[taken]));

        neap_runqueue_push(&queue, &tasks[3]);
        for (int i = 0; i < 4; i++)
            if (i != taken)
                EXPECT_PTR(neap_runqueue_pop(&queue), &tasks[i]);
        EXPECT_INT(queue.length, 0);
    }
}
