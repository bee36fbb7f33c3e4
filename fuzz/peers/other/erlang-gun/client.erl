%% Echo client made with Gun.
-module(client).
-export([main/0]).

main() ->
    {ok, _} = application:ensure_all_started(gun),
    #{host := Host, port := Port} = Url = uri_string:parse(os:getenv("URL")),
    Path = case Url of #{path := P} when P =/= "" -> P; _ -> "/" end,
    Target = case Url of #{query := Q} -> Path ++ "?" ++ Q; _ -> Path end,
    {ok, Gun} = gun:open(Host, Port, #{retry => 0, ws_opts => #{compress => true}}),
    case gun:await_up(Gun) of
        {ok, _} -> gun:ws_upgrade(Gun, Target, [], #{compress => true}), echo(Gun);
        _ -> ok
    end,
    halt().

echo(Gun) ->
    receive
        {gun_ws, Gun, _, {close, _, _}} -> echo(Gun);
        {gun_ws, Gun, _, close} -> echo(Gun);
        {gun_ws, Gun, _, Message} -> gun:ws_send(Gun, Message), echo(Gun);
        {gun_upgrade, Gun, _, _, _} -> echo(Gun);
        {gun_response, Gun, _, _, _, _} -> ok;
        {gun_error, Gun, _, _} -> ok;
        {gun_error, Gun, _} -> ok;
        {gun_down, Gun, _, _, _, _} -> ok;
        {'DOWN', _, _, _, _} -> ok;
        _ -> echo(Gun)
    end.
