%% The benches that the Erlang peer has not: service_spawn, and fairness beside more hogs.
-module(twins).
-export([main/1, init/1]).

-define(BATCH, 1000).

main([Bench]) ->
    logger:set_primary_config(level, none),
    try run(list_to_atom(Bench))
    catch C:E:S -> io:format(standard_error, "~p:~p ~p~n", [C, E, S]), halt(1) end,
    halt(0).

n(Default) ->
    case os:getenv("N") of
        false -> Default;
        Text -> list_to_integer(Text)
    end.

us() -> erlang:monotonic_time(microsecond).

emit(Bench, Variant, Metric, Value, Unit) ->
    io:format("{\"peer\":\"erlang\",\"bench\":\"~s\",\"cfg\":\"s~b~s\",\"metric\":\"~s\","
              "\"value\":~.4f,\"unit\":\"~s\"}~n",
              [Bench, erlang:system_info(schedulers), Variant, Metric, Value * 1.0, Unit]).

%% ---- service_spawn: service_spawn.lua, step by step

run(service_spawn) ->
    Total = n(20000),
    {ok, Sup} = supervisor:start_link(?MODULE, []),
    Took = lists:sum([batch(Sup) || _ <- lists:seq(1, Total div ?BATCH)]),
    emit("service_spawn", "", "starts_per_s", Total / Took * 1.0e6, "1/s");

%% ---- fairness: fairness.lua; Erlang has one kind of loop

run(fairness) -> [fairness(Hogs) || Hogs <- [0, 1, 2, 8]].

init([]) -> {ok, {#{strategy => one_for_one}, []}}.

batch(Sup) ->
    Begin = us(),
    [{ok, _} = supervisor:start_child(Sup, child(I)) || I <- lists:seq(1, ?BATCH)],
    Took = us() - Begin,
    check(Sup),
    [ok = supervisor:terminate_child(Sup, I) || I <- lists:seq(1, ?BATCH)],
    Took.

child(I) -> #{id => I, start => {basket, start_link, [I, <<"DE">>]}, restart => temporary}.

check(Sup) ->
    {_, Pid, _, _} = lists:keyfind(?BATCH, 1, supervisor:which_children(Sup)),
    {ok, 1} = gen_server:call(Pid, {add, #{sku => <<"ABC-1">>, name => <<"a">>, price => 100,
                                          grams => 9, tax => none}, 2}),
    {ok, #{total := 690}} = gen_server:call(Pid, totals).

fairness(Hogs) ->
    Me = self(),
    Pings = n(3000),
    Start = erlang:monotonic_time(millisecond) + 20,
    Echo = spawn(fun echo/0),
    spawn(fun() -> Me ! {pings, pings(Echo, Start, 0, Pings, [], [])} end),
    Stop = (Start + Pings + 300) * 1000,
    [spawn(fun() -> Me ! {hog, hog(Stop, 0)} end) || _ <- lists:seq(1, Hogs)],
    {Trips, Late} = receive {pings, Both} -> Both end,
    Done = lists:sum([receive {hog, Rounds} -> Rounds end || _ <- lists:seq(1, Hogs)]),
    Variant = "/hog" ++ integer_to_list(Hogs),
    report(Variant, "rtt", Trips),
    report(Variant, "lat", Late),
    emit("fairness", Variant, "hog_Miter", Done, "M").

report(Variant, Name, Times) ->
    Sorted = list_to_tuple(lists:sort(Times)),
    [emit("fairness", Variant, Name ++ Metric, element(max(1, ceil(size(Sorted) * P)), Sorted), "us")
     || {Metric, P} <- [{"_p50", 0.5}, {"_p99", 0.99}, {"_max", 1.0}]].

echo() -> receive {From, X} -> From ! {self(), X}, echo() end.

pings(_, _, Count, Count, Trips, Late) -> {Trips, Late};
pings(Echo, Start, K, Count, Trips, Late) ->
    Due = Start + K,
    sleep_until(Due),
    Sent = us(),
    Echo ! {self(), K},
    receive {Echo, K} -> ok end,
    Now = us(),
    pings(Echo, Start, K + 1, Count, [Now - Sent | Trips], [Now - Due * 1000 | Late]).

sleep_until(Due) ->
    case erlang:monotonic_time(millisecond) < Due of
        true -> erlang:start_timer(Due, self(), due, [{abs, true}]), receive {timeout, _, due} -> ok end;
        false -> ok
    end.

hog(Stop, Rounds) ->
    spin(1000000, 0),
    case us() < Stop of
        true -> hog(Stop, Rounds + 1);
        false -> Rounds + 1
    end.

spin(0, Sum) -> Sum;
spin(I, Sum) -> spin(I - 1, Sum + I).
