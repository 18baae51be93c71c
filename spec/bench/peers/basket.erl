%% The basket of a customer: basket.lua as a gen_server.
-module(basket).
-behaviour(gen_server).
-export([start_link/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(HISTORY, 20).             % entries that are kept
-define(MAX_LINES, 100).          % different articles in one basket
-define(MAX_QUANTITY, 999).
-define(FREE_SHIPPING, 5000).     % cents, after discounts
-define(PARCEL, 20000).           % grams that fit into one

start_link(Id, Country) -> gen_server:start_link(?MODULE, {Id, Country}, []).

tax(standard) -> 0.19;
tax(reduced) -> 0.07;
tax(none) -> 0;
tax(_) -> unknown.

zones() ->
    #{<<"AT">> => 2, <<"BE">> => 2, <<"CH">> => 3, <<"CZ">> => 2, <<"DE">> => 1, <<"DK">> => 2,
      <<"ES">> => 3, <<"FR">> => 2, <<"IT">> => 3, <<"LU">> => 2, <<"NL">> => 2, <<"PL">> => 2}.

postage(1) -> {490, 290};
postage(2) -> {990, 690};
postage(3) -> {1490, 1190}.

%% ---- money

money(Cents) -> iolist_to_binary(io_lib:format("~b.~2..0b", [Cents div 100, Cents rem 100])).

share(Amount, Percent) -> round(Amount * Percent / 100).

%% ---- articles

is_count(N) -> is_integer(N) andalso N >= 1 andalso N =< ?MAX_QUANTITY.

fits(sku, V) -> is_binary(V) andalso re:run(V, "^[A-Z]{3}-[0-9]+$") =/= nomatch;
fits(name, V) -> is_binary(V) andalso byte_size(V) > 0 andalso byte_size(V) =< 200;
fits(price, V) -> is_integer(V) andalso V >= 0;
fits(grams, V) -> is_number(V) andalso V >= 0;
fits(tax, V) -> tax(V) =/= unknown.

problem_of(Article) when is_map(Article) ->
    case [F || F <- [sku, name, price, grams, tax], not fits(F, maps:get(F, Article, undefined))] of
        [] -> none;
        [Field | _] -> {bad, Field}
    end;
problem_of(_) -> not_a_map.

%% ---- discounts

subtotal(#{lines := Lines}) ->
    maps:fold(fun(_, #{price := P, quantity := Q}, Sum) -> Sum + P * Q end, 0, Lines).

pieces(#{lines := Lines}) ->
    maps:fold(fun(_, #{quantity := Q}, Sum) -> Sum + Q end, 0, Lines).

discount_of(#{kind := percent, percent := Percent}, State) -> share(subtotal(State), Percent);
discount_of(#{kind := amount, amount := Amount}, State) -> min(Amount, subtotal(State));
%% the cheapest of each `every` pieces is free
discount_of(#{kind := bundle, every := Every}, #{lines := Lines}) ->
    Prices = lists:sort(lists:append([lists:duplicate(Q, P)
        || #{price := P, quantity := Q} <- maps:values(Lines)])),
    lists:sum(lists:sublist(Prices, length(Prices) div Every)).

coupon_fits(#{kind := percent, percent := P}) -> is_number(P) andalso P > 0 andalso P =< 100;
coupon_fits(#{kind := amount, amount := A}) -> is_integer(A) andalso A > 0;
coupon_fits(#{kind := bundle, every := E}) -> is_count(E) andalso E >= 2;
coupon_fits(_) -> false.

coupon_problem(State = #{coupons := Coupons}, Coupon = #{code := Code}) when is_binary(Code) ->
    Minimum = maps:get(minimum, Coupon, 0),
    case {coupon_fits(Coupon), is_map_key(Code, Coupons), subtotal(State) < Minimum} of
        {false, _, _} -> bad_coupon;
        {_, true, _} -> used_already;
        {_, _, true} -> below_the_minimum;
        _ -> none
    end;
coupon_problem(_, _) -> no_coupon.

discount(State = #{coupons := Coupons}) ->
    Sum = maps:fold(fun(_, C, Acc) -> Acc + discount_of(C, State) end, 0, Coupons),
    min(Sum, subtotal(State)).

%% ---- shipping and tax

weight(#{lines := Lines}) ->
    maps:fold(fun(_, #{grams := G, quantity := Q}, Sum) -> Sum + G * Q end, 0, Lines).

shipping(State = #{address := #{country := Country}}) ->
    case {pieces(State), maps:find(Country, zones())} of
        {0, _} -> {ok, 0};
        {_, error} -> {error, {not_shipped_to, Country}};
        {_, {ok, Zone}} -> {ok, shipping(State, Zone)}
    end.
shipping(State, Zone) ->
    case Zone =:= 1 andalso subtotal(State) - discount(State) >= ?FREE_SHIPPING of
        true -> 0;
        false ->
            {First, Each} = postage(Zone),
            Parcels = max(1, ceil(weight(State) / ?PARCEL)),
            First + (Parcels - 1) * Each
    end.

%% discounts lower every line's share alike
taxes(State = #{lines := Lines}) ->
    Factor = case subtotal(State) of 0 -> 0; Total -> (Total - discount(State)) / Total end,
    Sums = maps:fold(fun(_, #{price := P, quantity := Q, tax := Kind}, Acc) ->
        Gross = P * Q * Factor,
        Acc#{Kind := maps:get(Kind, Acc) + Gross - Gross / (1 + tax(Kind))}
    end, #{standard => 0, reduced => 0, none => 0}, Lines),
    maps:map(fun(_, Sum) -> round(Sum) end, Sums).

totals(State) ->
    case shipping(State) of
        {ok, Postage} ->
            Goods = subtotal(State),
            Off = discount(State),
            {ok, #{goods => Goods, discount => Off, shipping => Postage, taxes => taxes(State),
                   total => Goods - Off + Postage}};
        Error -> Error
    end.

%% ---- state

note(State = #{history := History, version := Version}, What, Detail) ->
    Entry = #{what => What, detail => Detail, version => Version},
    State#{history := lists:sublist([Entry | History], ?HISTORY)}.

changed(State = #{version := Version}, What, Detail) ->
    {Version + 1, note(State#{version := Version + 1}, What, Detail)}.

reply_changed(State, What, Detail) ->
    {Version, State2} = changed(State, What, Detail),
    {reply, {ok, Version}, State2}.

refuse(State, Problem) -> {reply, {error, Problem}, State}.

add(State = #{lines := Lines}, Article = #{sku := Sku}, Quantity) ->
    Had = maps:get(quantity, maps:get(Sku, Lines, #{}), 0),
    case {Had =:= 0 andalso map_size(Lines) >= ?MAX_LINES, Had + Quantity > ?MAX_QUANTITY} of
        {true, _} -> refuse(State, too_many_articles);
        {_, true} -> refuse(State, too_many_pieces);
        _ ->
            Line = maps:with([name, price, grams, tax], Article),
            New = State#{lines := Lines#{Sku => Line#{quantity => Had + Quantity}}},
            reply_changed(New, add, Sku)
    end.

row(Sku, #{name := Name, quantity := Quantity, price := Price}) ->
    iolist_to_binary(io_lib:format("~-12s ~-40s ~3b x ~10s", [Sku, Name, Quantity, money(Price)])).

printed(State = #{lines := Lines}) ->
    Rows = lists:sort([row(Sku, Line) || {Sku, Line} <- maps:to_list(Lines)]),
    Last = case totals(State) of
        {ok, #{total := Total}} -> [io_lib:format("~70s", [money(Total)])];
        _ -> []
    end,
    iolist_to_binary(lists:join("\n", Rows ++ Last)).

init({Id, Country}) ->
    {ok, #{id => Id, version => 0, status => open, currency => <<"EUR">>,
           lines => #{}, coupons => #{}, history => [],
           address => #{name => <<>>, street => <<>>, town => <<>>, code => <<>>, country => Country},
           options => #{gift => false, insured => false, express => false}}}.

address_problem(Address) ->
    Fields = [name, street, town, code, country],
    Bad = [F || {F, V} <- maps:to_list(Address), not (lists:member(F, Fields) andalso is_binary(V))],
    case {Bad, is_map_key(maps:get(country, Address, none), zones())} of
        {[Field | _], _} -> {bad, Field};
        {[], false} -> unknown_country;
        {[], true} -> none
    end.

%% ---- calls

handle_call({add, _, _}, _, State = #{status := S}) when S =/= open -> refuse(State, closed);
handle_call({add, Article, Quantity}, _, State) ->
    case {problem_of(Article), is_count(Quantity)} of
        {none, true} -> add(State, Article, Quantity);
        {none, false} -> refuse(State, bad_quantity);
        {Problem, _} -> refuse(State, Problem)
    end;
handle_call({change, Sku, Quantity}, _, State = #{lines := Lines, status := Status}) ->
    case {Status, maps:find(Sku, Lines), is_count(Quantity)} of
        {open, {ok, Line}, true} ->
            New = State#{lines := Lines#{Sku := Line#{quantity := Quantity}}},
            reply_changed(New, change, Sku);
        {open, error, _} -> refuse(State, not_in_the_basket);
        {open, _, false} -> refuse(State, bad_quantity);
        _ -> refuse(State, closed)
    end;
handle_call({remove, Sku}, _, State = #{lines := Lines}) ->
    case is_map_key(Sku, Lines) of
        true -> reply_changed(State#{lines := maps:remove(Sku, Lines)}, remove, Sku);
        false -> refuse(State, not_in_the_basket)
    end;
handle_call({redeem, Coupon}, _, State = #{coupons := Coupons}) ->
    case coupon_problem(State, Coupon) of
        none ->
            Code = maps:get(code, Coupon),
            reply_changed(State#{coupons := Coupons#{Code => Coupon}}, redeem, Code);
        Problem -> refuse(State, Problem)
    end;
handle_call({send_to, Address}, _, State = #{address := Old}) ->
    case address_problem(Address) of
        none ->
            reply_changed(State#{address := maps:merge(Old, Address)}, send_to,
                          maps:get(country, Address));
        Problem -> refuse(State, Problem)
    end;
handle_call(order, _, State) ->
    case {pieces(State), totals(State)} of
        {0, _} -> refuse(State, nothing_in_the_basket);
        {_, {ok, Sums = #{total := Total}}} ->
            {_, New} = changed(State#{status := ordered}, order, money(Total)),
            {reply, {ok, Sums}, New};
        {_, {error, Problem}} -> refuse(State, Problem)
    end;
handle_call(totals, _, State) -> {reply, totals(State), State};
handle_call(history, _, State = #{history := History}) -> {reply, History, State};
handle_call(printed, _, State) -> {reply, printed(State), State};
handle_call(version, _, State = #{version := Version}) -> {reply, Version, State}.

%% ---- the rest

handle_cast({option, Name, Value}, State = #{options := Options}) when is_map_key(Name, Options) ->
    {_, New} = changed(State#{options := Options#{Name := Value =:= true}}, option, Name),
    {noreply, New};
handle_cast(clear, State) ->
    {_, New} = changed(State#{lines := #{}, coupons := #{}}, clear, none),
    {noreply, New};
handle_cast(_, State) -> {noreply, State}.

handle_info(_, State) -> {noreply, State}.
